// A map of a template bank that one can click. Runs after common.js.
//
//   points   float32 (N, 2), each from 0 to 1, y up          hues     uint8 (N,), which colour of `palette` each has
//   palette  {light: [colours], dark: [colours]}             legend   [first word, last word] of the palette, or a name for each colour
//   chosen, kept, near   the templates that are marked       mixture  [i, j, weight of j], or []
// It sends {act: 'pick', template} and {act: 'mix', mixture}; the latter while a handle is dragged, `done` at its end.

const REACH = 12;                                  // px from a point at which it is still meant
const FEW = 4000;                                  // points that are drawn round and with an edge

function render({ model, el }) {
  const gone = new AbortController(), { signal } = gone;
  const field = element('canvas', { className: 'sdt-points', tabIndex: 0, role: 'application',
    'aria-label': 'map of the templates: click one to see it, drag from one to another to mix them, arrow keys go through them' });
  const marks = element('canvas', { className: 'sdt-marks' }), legend = element('div', { className: 'sdt-key' });
  const tip = element('span', { className: 'sdt-tip', hidden: true });
  const button = (textContent, title, onclick) => element('button', { type: 'button', textContent, title, onclick });
  const tools = element('div', { className: 'sdt-tools' },
    button('+', 'nearer (Ctrl and the wheel)', () => zoomAt(w/2, h/2, 1.5)), button('−', 'farther', () => zoomAt(w/2, h/2, 1/1.5)),
    button('⤢', 'the whole bank', () => { view = { x: 0, y: 0, zoom: 1 }; draw(); }));
  const root = element('div', { className: 'sdt-view-map sdt-small' }, element('div', { className: 'sdt-field' }, field, marks, tip, tools), legend);
  el.append(root);
  root.dataset.lmSuppressShortcuts = 'true';

  let points = new Float32Array(), hues = new Uint8Array(), view = { x: 0, y: 0, zoom: 1 }, w = 1, h = 1, ratio = 1, colors = {}, over = -1, grip = null;
  const margin = () => 22*ratio;
  const place = i => {                             // px of the canvas
    const room = [w - 2*margin(), h - 2*margin()];
    return [(margin() + points[2*i]*room[0])*view.zoom + view.x, (margin() + (1 - points[2*i + 1])*room[1])*view.zoom + view.y];
  };
  const size = () => clamp(4.5*(256/points.length*2)**.35*view.zoom**.4, points.length > FEW ? 1 : 2.5, 9)*ratio;
  const shades = () => model.get('palette')[root.dataset.theme] || [];

  function nearest(x, y, reach = REACH) {
    let found = -1, least = (reach*ratio)**2;
    for (let i = 0; i < points.length/2; i++) {
      const [a, b] = place(i), away = (a - x)**2 + (b - y)**2;
      if (away < least) { least = away; found = i; }
    }
    return found;
  }

  function drawFew(g) {
    const radius = size(), palette = shades();
    g.lineWidth = ratio;
    g.strokeStyle = colors.back;
    for (let i = 0; i < points.length/2; i++) {
      g.fillStyle = palette[hues[i]];
      g.beginPath(); g.arc(...place(i), radius, 0, 7); g.fill(); g.stroke();
    }
  }
  function drawMany(g) {                           // pixels are written one by one: ten times as fast as shapes
    const side = Math.max(2, Math.round(size()*1.4)), picture = g.getImageData(0, 0, w, h), pixels = new Uint32Array(picture.data.buffer);
    const paints = shades().map(c => parseInt(`ff${c.slice(5, 7)}${c.slice(3, 5)}${c.slice(1, 3)}`, 16));
    for (let i = 0; i < points.length/2; i++) {
      const [x, y] = place(i).map(Math.round);
      if (x < 0 || y < 0 || x + side > w || y + side > h) continue;
      for (let b = y; b < y + side; b++) pixels.fill(paints[hues[i]], b*w + x, b*w + x + side);
    }
    g.putImageData(picture, 0, 0);
  }

  function ring(g, i, radius, width, dashed) {
    if (i < 0 || i >= points.length/2) return;
    g.beginPath();
    g.setLineDash(dashed ? [3*ratio, 3*ratio] : []);
    g.lineWidth = width*ratio;
    g.arc(...place(i), radius*ratio, 0, 7);
    g.stroke();
  }
  function handle() {                              // where the mixture lies between its two
    const [i, j, weight] = model.get('mixture'), [a, b] = [place(i), place(j)];
    return [a[0] + (b[0] - a[0])*weight, a[1] + (b[1] - a[1])*weight];
  }
  function drawMarks() {
    const [g] = fit(marks);
    g.clearRect(0, 0, w, h);
    g.strokeStyle = colors.text;
    for (const i of model.get('near')) ring(g, i, size()/ratio + 3, 1, false);
    for (const i of model.get('kept')) ring(g, i, size()/ratio + 5, 2, true);
    if (over >= 0) ring(g, over, size()/ratio + 3, 1.5, false);
    const mixture = model.get('mixture');
    const line = grip && grip.from >= 0 && grip.moved ? [place(grip.from), grip.now] : mixture.length ? [place(mixture[0]), place(mixture[1])] : null;
    g.setLineDash([]);
    if (line) {
      g.lineWidth = 2*ratio;
      g.beginPath(); g.moveTo(...line[0]); g.lineTo(...line[1]); g.stroke();
    }
    if (mixture.length) {
      g.fillStyle = colors.back;
      g.beginPath(); g.arc(...handle(), 7*ratio, 0, 7); g.fill(); g.stroke();
    } else {
      ring(g, model.get('chosen'), size()/ratio + 4, 3, false);
    }
  }
  function drawLegend() {
    if (!points.length) { legend.replaceChildren(element('span', { textContent: model.get('note') })); return; }
    const words = model.get('legend'), palette = shades();
    const dot = color => { const made = element('i'); made.style.background = color; return made; };
    if (words.length === palette.length) {
      legend.replaceChildren(...words.flatMap((word, k) => [dot(palette[k]), element('span', { textContent: word })]));
    } else {
      const bar = element('i', { className: 'sdt-ramp' });
      bar.style.background = `linear-gradient(90deg, ${palette.join()})`;
      legend.replaceChildren(element('span', { textContent: words[0] || '' }), bar, element('span', { textContent: words[1] || '' }));
    }
    legend.append(element('span', { className: 'sdt-hint', textContent: 'click: play · drag from one to another: mix' }));
  }
  function draw() {
    colors = paint(root, model.get('themes'));
    const [g, ...sizes] = fit(field);
    [w, h, ratio] = sizes;
    if (!w || !h) return;
    g.clearRect(0, 0, w, h);
    if (points.length/2 > FEW) drawMany(g); else drawFew(g);
    drawMarks();
    drawLegend();
    root.dataset.drawn = points.length/2;          // for whoever waits for it
  }
  function zoomAt(x, y, times) {
    const zoom = clamp(view.zoom*times, 1, 60), by = zoom/view.zoom;
    view = zoom === 1 ? { x: 0, y: 0, zoom } : { x: x - (x - view.x)*by, y: y - (y - view.y)*by, zoom };
    draw();
  }

  const at = e => { const box = field.getBoundingClientRect(); return [(e.clientX - box.left)*ratio, (e.clientY - box.top)*ratio]; };
  function weightAt([x, y], i, j) {
    const [a, b] = [place(i), place(j)], d = [b[0] - a[0], b[1] - a[1]];
    return clamp(((x - a[0])*d[0] + (y - a[1])*d[1])/(d[0]**2 + d[1]**2 || 1), 0, 1);
  }
  function slide(now, done) {
    const [i, j] = model.get('mixture'), mixture = [i, j, Math.round(100*weightAt(now, i, j))/100];
    model.set('mixture', mixture);
    drawMarks();
    model.send({ act: 'mix', mixture, done });
  }
  function hover(e) {
    const now = at(e), found = nearest(...now);
    if (found !== over) { over = found; drawMarks(); }
    tip.hidden = over < 0;
    if (over < 0) return;
    const [x, y] = place(over);
    tip.textContent = `template ${over}`;
    tip.style.left = `${clamp(x/ratio, 40, w/ratio - 40)}px`;
    tip.style.top = `${y/ratio + (y/ratio < 40 ? 14 : -32)}px`;
  }
  field.addEventListener('pointerdown', e => {
    const now = at(e), held = model.get('mixture').length && Math.hypot(handle()[0] - now[0], handle()[1] - now[1]) < REACH*ratio;
    field.setPointerCapture(e.pointerId);
    grip = { start: now, now, from: held ? -1 : nearest(...now), held, moved: false, view: { ...view } };
  });
  field.addEventListener('pointermove', e => {
    if (!grip) { hover(e); return; }
    grip.now = at(e);
    const by = [grip.now[0] - grip.start[0], grip.now[1] - grip.start[1]];
    grip.moved ||= Math.hypot(...by) > 6*ratio;
    if (!grip.moved) return;
    if (grip.held) slide(grip.now, false);
    else if (grip.from >= 0) { hover(e); drawMarks(); }
    else if (view.zoom > 1) { view = { ...grip.view, x: grip.view.x + by[0], y: grip.view.y + by[1] }; draw(); }
  });
  field.addEventListener('pointerup', e => {
    const held = grip;
    grip = null;
    if (!held) return;
    if (held.held) { slide(at(e), true); return; }
    const to = nearest(...at(e), held.moved ? 30 : REACH);
    if (held.moved && held.from >= 0 && to >= 0 && to !== held.from) {
      model.set('mixture', [held.from, to, .5]);
      model.send({ act: 'mix', mixture: [held.from, to, .5], done: true });
    } else if (!held.moved && held.from >= 0) {
      model.send({ act: 'pick', template: held.from });
    }
    drawMarks();
  });
  field.addEventListener('pointercancel', () => { grip = null; drawMarks(); });
  field.addEventListener('pointerleave', () => { if (!grip) { over = -1; tip.hidden = true; drawMarks(); } });
  field.addEventListener('dblclick', e => zoomAt(...at(e), 2));
  field.addEventListener('wheel', e => {
    if (!e.ctrlKey && !e.metaKey) return;          // else the notebook scrolls
    e.preventDefault();
    zoomAt(...at(e), Math.exp(-e.deltaY/200));
  }, { passive: false });
  field.addEventListener('keydown', e => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key], n = points.length/2;
    if (!by || !n) return;
    e.preventDefault();
    e.stopPropagation();
    model.send({ act: 'pick', template: (model.get('chosen') + by + n) % n });
  });

  function load() {
    points = new Float32Array(bytes(model.get('points')).slice().buffer);
    hues = bytes(model.get('hues')).slice();
    if (hues.length === points.length/2) draw();   // else the other half is on its way
  }
  model.on('change:points change:note change:hues', load);
  model.on('change:palette change:legend', draw);
  model.on('change:chosen change:kept change:near change:mixture', drawMarks);
  onSurroundings(draw, signal);
  const sizes = new ResizeObserver(draw);
  sizes.observe(field);
  load();
  return () => { sizes.disconnect(); gone.abort(); model.off(null, load); model.off(null, draw); model.off(null, drawMarks); };
}

export default { render };
