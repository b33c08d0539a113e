// The drawn person: what sdt_nb.show.cast and sdt_nb.show.figure do in Python, for one frame. Its tables come from there as `person`: form (constants,
// shoulder widths), anchors (names of the points that are added), mixes, groups and orders (the shapes). `complete` knows a body;
// below it only three kinds of shape are known, and clipping.

const add = (a, b, t = 1) => [a[0] + t*b[0], a[1] + t*b[1]];
const dot = (a, b) => a[0]*b[0] + a[1]*b[1];
const quarter = ([x, y]) => [-y, x];               // turned a quarter clockwise, as one sees it
const middle = points => points.reduce((sum, p) => add(sum, p, 1/points.length), [0, 0]);
function unit(v, otherwise) {
  const n = Math.hypot(...v);
  return n > 1e-6 ? [v[0]/n, v[1]/n] : otherwise;
}

// ---- from a pose to points

function steadied(panel, frame, c) {               // i => point in shoulder widths, lightly smoothed over time
  const { data, unit: px } = panel, last = data.length/242 - 1;
  const [past, now, next] = [Math.max(frame - 1, 0), frame, Math.min(frame + 1, last)].map(t => t*242);
  return i => [i, 121 + i].map(k => {
    const share = i >= 57 && i < 77 ? c.calm_lips : c.calm;
    return (data[now + k] + share*(data[past + k] + data[next + k] - 2*data[now + k]))*px/c.width;
  });
}

function quantile(values, share) {
  const v = [...values].sort((a, b) => a - b), at = share*(v.length - 1), k = Math.floor(at);
  return v[k] + (at - k)*((v[k + 1] ?? v[k]) - v[k]);
}

function measured(panel, c) {                      // what stays the same through a gesture, where Python did not tell it
  const rows = Array.from({ length: panel.data.length/242 }, (_, t) => {
    const p = steadied(panel, t, c), to = (i, k) => add(p(i), p(k), -1), side = unit(to(25, 9), [1, 0]);
    const ears = middle([p(9), p(25)]), chin = add(p(17), ears, -1);
    const lids = eye => dot(add(middle([p(eye + 4), p(eye + 5)]), middle([p(eye + 1), p(eye + 2)]), -1), quarter(side));
    return { tall: Math.hypot(...chin), wide: Math.hypot(...to(25, 9)), ears: ears[1], chin: chin[1], right: lids(45), left: lids(51),
      mouth: Math.abs(dot(to(63, 57), side)), palms: [Math.hypot(...to(109, 100)), Math.hypot(...to(88, 79))] };
  });
  const usual = (name, share = .5) => quantile(rows.map(row => row[name]), share), tall = usual('tall');
  const grow = clamp(c.face/tall, ...c.grow), half = grow*Math.max(usual('wide', .6)/2, c.round*tall);
  const over = quantile(rows.map(row => -row.ears - grow*row.chin), .5);
  const gain = name => clamp(c.eye*half/Math.max(grow*usual(name), .02*half), 1, c.open);
  return { grow, half, tall: grow*tall, sink: clamp(over - c.neck, 0, c.sink), mouth: Math.max(grow*usual('mouth')/2, .1*half),
    eye_r: gain('right'), eye_l: gain('left'), hand: 1.1*clamp(quantile(rows.flatMap(row => row.palms), .8), .20, .27) };
}

function complete(pose, person, m) {               // (121 points, as drawn; then the anchors), shoulder widths
  const c = person.form, p = Array.from({ length: 121 }, (_, i) => pose(i)), at = {};
  for (const [wrist, first] of [[3, 100], [6, 79]]) {
    const off = add(p[first], p[wrist], -1).map(x => x/2);
    p[wrist] = add(p[wrist], off);
    for (let i = first; i < first + 21; i++) p[i] = add(p[i], off, -1);
  }
  headed(p, at, c, m);
  bodied(p, at, c);
  at.neck = [0, 0];
  at.south = [0, 1];
  p.push(...person.anchors.map(name => at[name]));
  for (const mix of person.mixes) {
    let x = 0, y = 0;
    for (let k = 0; k < mix.length; k += 2) { x += mix[k + 1]*p[mix[k]][0]; y += mix[k + 1]*p[mix[k]][1]; }
    p.push([x, y]);
  }
  return p;
}

function headed(p, at, c, m) {
  const { half, tall } = m, own = middle([p[9], p[25]]), ears = add(own, [0, m.sink]);
  for (let i = 9; i < 79; i++) p[i] = add(ears, add(p[i], own, -1), m.grow);
  const level = unit(add(p[25], p[9], -1), [1, 0]);
  const upright = unit(add(middle([p[28], p[33]]), middle([p[57], p[63]]), -1), [0, -1]);
  const up = unit(add(upright, quarter(level), -1), [0, -1]), x = quarter(up);
  const across = (v, from = ears) => dot(add(v, from, -1), x), above = (v, from = ears) => dot(add(v, from, -1), up);
  const front = clamp(across(p[39])/half, -1, 1), nod = clamp(above(p[39])/tall + c.pitch, -.3, .3);
  const reach = p.slice(9, 26).map(v => across(v));
  const low = Math.min(...reach) + c.edge*half, high = Math.max(...reach) - c.edge*half;
  const within = v => add(v, x, Math.min(Math.max(across(v), low), high) - across(v));
  for (const [first, pupil, gain] of [[45, 77, m.eye_r], [51, 78, m.eye_l]]) {
    const centre = middle(p.slice(first, first + 6)), lid = c.lid*half;
    for (let i = first; i < first + 6; i++) {
      const wide = across(p[i], centre)*c.eye_wide, high = clamp(above(p[i], centre)*gain, -lid, lid);
      p[i] = within(add(add(centre, x, wide), up, high));
    }
    const wide = clamp(across(p[pupil], centre), -c.gaze_x*half, c.gaze_x*half);
    const high = clamp(above(p[pupil], centre), -c.gaze_y*half, c.gaze_y*half/2);
    p[pupil] = add(add(within(centre), x, wide), up, high);
  }
  const mouth = middle([p[57], p[63]]);
  for (let i = 57; i < 77; i++) {
    const away = across(p[i], mouth), share = clamp(Math.abs(away)/m.mouth, 0, 1.2);
    p[i] = add(add(p[i], x, away*(c.lips - 1)), up, c.smile*tall*(share*share - .35));
  }
  for (let i = 26; i < 77; i++) if (i < 45 || i > 56) p[i] = within(p[i]);
  at.head = ears;
  at.head_x = add(ears, x, half);
  at.head_y = add(ears, up, tall);
  at.head_front = add(ears, x, half*front);
  at.head_nod = add(ears, up, tall*nod);
}

function bodied(p, at, c) {
  const chest = add([0, 0], add(p[1], p[4]), .25), half = add(p[4], p[1], -1).map(v => v/2), across = unit(half, [1, 0]);
  const flank = across.map(v => v*Math.max(Math.hypot(...half), c.slim));
  const down = unit(add([0, 1], quarter(flank), .35), [0, 1]);
  Object.assign(at, { chest, chest_x: add(chest, across), chest_y: add(chest, down), flank: add(chest, flank) });
  at.lean = add(chest, [flank[0], .6*flank[1]]);
  for (const [s, shoulder, elbow, wrist] of [['r', ...p.slice(1, 4)], ['l', ...p.slice(4, 7)]]) {
    const fore = add(wrist, elbow, -1), size = Math.hypot(...fore), ahead = unit(fore, [0, 1]);
    const sleeve = Math.max(c.sleeve*size, Math.min(c.cuff, size/2));
    at[`pad_${s}`] = add(add(shoulder, unit(add(chest, shoulder, -1), [0, 1]), c.pad), down, c.slope);
    at[`cuff_${s}`] = add(elbow, ahead, sleeve);
    at[`edge_${s}`] = add(elbow, quarter(ahead));
    at[`heel_${s}`] = add(wrist, ahead, -Math.min(c.heel, .3*size));
  }
}

// ---- from shapes to a canvas

const catmull = (v, i, open) => [-1, 0, 1, 2].map(k => v[open ? clamp(i + k, 0, v.length - 1) : (i + k + v.length) % v.length]);

function curve(g, p) {                             // closed and smooth
  g.moveTo(...p[0]);
  p.forEach((_, i) => {
    const [a, b, c, d] = catmull(p, i, false);
    g.bezierCurveTo(...add(b, add(c, a, -1), 1/6), ...add(c, add(d, b, -1), -1/6), ...c);
  });
  g.closePath();
}

function finer(v) {                                // a band [x, y, radius] with two more between each two, on a smooth curve
  const between = (i, t) => {
    const weights = [-t + 2*t*t - t**3, 2 - 5*t*t + 3*t**3, t + 4*t*t - 3*t**3, t**3 - t*t], four = catmull(v, i, true);
    return [0, 1, 2].map(axis => weights.reduce((sum, w, k) => sum + w*four[k][axis]/2, 0));
  };
  return [...v.slice(0, -1).flatMap((_, i) => [0, 1/3, 2/3].map(t => between(i, t))), v.at(-1)];
}

function band(g, [ax, ay, ar], [bx, by, br]) {     // the hull of two circles
  const far = Math.hypot(bx - ax, by - ay);
  if (far <= Math.abs(ar - br) + 1e-6) {
    const [x, y, r] = ar >= br ? [ax, ay, ar] : [bx, by, br];
    g.moveTo(x + r, y);
    g.arc(x, y, r, 0, 2*Math.PI);
  } else {
    const to = Math.atan2(by - ay, bx - ax), lean = Math.acos((ar - br)/far);
    g.moveTo(ax + ar*Math.cos(to + lean), ay + ar*Math.sin(to + lean));
    g.arc(ax, ay, ar, to + lean, to - lean + 2*Math.PI);
    g.arc(bx, by, br, to - lean, to + lean);
  }
  g.closePath();
}

function polygon(g, p) {
  p.forEach(([x, y], i) => i ? g.lineTo(x, y) : g.moveTo(x, y));
  g.closePath();
}

function trace(g, shape, at, sizes) {              // the outline of a shape, to be filled or clipped by
  const p = shape.points.map(at);
  g.beginPath();
  if (shape.kind === 'fill') { curve(g, p); return; }
  if (shape.kind === 'poly') { polygon(g, p); return; }
  const plain = p.map(([x, y], i) => [x, y, Math.max(shape.radii[i]*sizes[shape.unit], .4)]);
  const v = shape.smooth ? finer(plain) : plain;
  for (let i = 0; !i || i + 1 < v.length; i++) band(g, v[i], v[i + 1] ?? v[i]);
  if (!shape.solid) return;
  band(g, v.at(-1), v[0]);
  g.fill();                                        // bands and their middle may run in opposite directions: one after the other
  g.beginPath();
  polygon(g, v);
}

// at: i => [x, y] on the canvas; sizes: {body, head, hand} canvas px; parts: {body, face, hands} bool
function paintShapes(g, person, at, flags, sizes, colors, parts) {
  let clipped = null;                              // neighbours share a clip
  const shapes = person.orders[flags >> 4 & 1].flatMap(name => person.groups[name]);
  const unclip = () => { if (clipped) g.restore(); clipped = null; };
  for (const shape of shapes) {
    const [bit, value] = shape.when ?? [0, flags & 1];
    if (!parts[shape.part] || (flags >> bit & 1) !== value) continue;
    if (clipped !== (shape.clip ?? null)) {
      unclip();
      if (shape.clip) {
        g.save();
        trace(g, shapes.find(other => other.name === shape.clip), at, sizes);
        g.clip();
        clipped = shape.clip;
      }
    }
    g.fillStyle = colors[shape.color];
    trace(g, shape, at, sizes);
    g.fill();
  }
  unclip();
}

function flagged(p) {                              // of a live frame, whose neighbours nobody knows: palms, forearms that point at us
  const palm = (hand, sign) => sign*dot(quarter(add(p[hand + 5], p[hand], -1)), add(p[hand + 17], p[hand], -1)) > 0;
  const near = (elbow, wrist) => Math.hypot(...add(p[wrist], p[elbow], -1)) < .22;
  return [palm(100, -1), palm(79, 1), near(2, 3), near(5, 6)].reduce((bits, on, k) => bits | on << k, 0);
}

// panel: {data, unit, measures, flags or nothing, colors}; zoom: canvas px a final px; side: -1 as in a mirror
function drawPerson(g, person, panel, frame, [x, y], zoom, side = 1, parts = { body: true, face: true, hands: true }) {
  const { form } = person, m = panel.measures, px = form.width*zoom;
  const points = complete(steadied(panel, frame, form), person, m);
  const sizes = { body: px, head: m.half*px, hand: m.hand*px };
  const flags = panel.flags?.[frame] ?? flagged(points);
  paintShapes(g, person, i => [x + side*points[i][0]*px, y + points[i][1]*px], flags, sizes, panel.colors, parts);
}
