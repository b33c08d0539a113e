// In the worker, between net.js and ear.js: body, arms and hands are stretches of film that fit what is heard. The same
// choice as sdt_nb.matching makes, where its reasons stand; what weighs how much comes with the film.
//
//   film       {n, takes, unit, facts, heard, costs, sizes, …}: see sdt_nb.portable; n frames, takes one after the other
//   quantised  Int16Array n × 2 × 121, in units of `unit` px
//   exact      Float32Array; from `facts` on 12 numbers a frame: five of its sound, five of its look, speed, unsure

const ROW = 242, FACTS = 12, LOOKS = 5, SPEED = 10, UNSURE = 11;
const GOES_ON = -1, BEGINS = -2, TOO_MUCH = 1e4;

// ---- what is heard

function blurred(x, sigma) {                       // by a Gaussian, ends held
  const reach = 3*Math.ceil(sigma), end = x.length - 1;
  const kernel = Array.from({ length: 2*reach + 1 }, (_, k) => Math.exp(-.5*((k - reach)/sigma)**2)), sum = kernel.reduce((a, b) => a + b);
  return Float64Array.from(x, (_, t) => kernel.reduce((y, w, k) => y + w*x[Math.min(end, Math.max(0, t + k - reach))], 0)/sum);
}

function frameLevels(sound, frames) {              // dB, from one frame before to one after
  const power = new Float64Array(sound.length + 1), edge = t => Math.min(sound.length, Math.max(0, Math.round(t*RATE/FPS)));
  for (let i = 0; i < sound.length; i++) power[i + 1] = power[i] + sound[i]**2;
  return Array.from({ length: frames }, (_, t) => {
    const a = edge(t - 1), b = edge(t + 1);
    return 10*Math.log10((power[b] - power[a])/Math.max(1, b - a) + 1e-9);
  });
}

function loudness(levels, known) {                 // 0: as the quiet moments of all that is known, 1: as the loud ones
  const sorted = Float64Array.from(known).sort();
  const at = share => {
    const place = share*(sorted.length - 1), i = Math.floor(place), next = sorted[Math.min(i + 1, sorted.length - 1)];
    return sorted[i] + (place - i)*(next - sorted[i]);
  };
  const loud = at(.95), quiet = Math.max(at(.05), loud - 45);
  return Float64Array.from(levels, x => within((x - quiet)/Math.max(loud - quiet, 6), 0, 1.2));
}

function framesSince(quiet, far) {                 // it was quiet last
  let n = far;
  return quiet.map(now => n = now ? 0 : Math.min(n + 1, far));
}

function soundFeatures(loud, far) {                // loudness fast and slow, onsets, how near the pause before and after is
  const quiet = Array.from(blurred(loud, 2), x => x < .45), near = n => Math.exp(-n/8);
  const onsets = blurred(loud.map((x, t) => t ? Math.max(0, x - loud[t - 1]) : 0), 1.5).map(x => 4*x);
  const before = framesSince(quiet, far).map(near), after = framesSince(quiet.reverse(), far).reverse().map(near);
  return [blurred(loud, 1), blurred(loud, 8), onsets, before, after];
}

function chance(seed, moment, n) {                 // n normal numbers, the same in Python: mixed bits, then Box and Muller
  const mixed = x => {
    x = Math.imul(x ^ x >>> 16, 0x7feb352d);
    x = Math.imul(x ^ x >>> 15, 0x846ca68b);
    return (x ^ x >>> 16) >>> 0;
  };
  const key = mixed(mixed(seed) + moment >>> 0), share = i => (mixed(i + key >>> 0) + .5)/2**32;
  return Float64Array.from({ length: n }, (_, i) => Math.sqrt(-2*Math.log(share(i)))*Math.cos(2*Math.PI*share(n + i)));
}

// ---- the film, and how it can be joined

function makeFilm(film, quantised, exact) {
  const { n, sizes } = film, poses = Float32Array.from(quantised, x => x*film.unit), left = new Int32Array(n);
  const facts = exact.subarray(film.facts, film.facts + FACTS*n), places = placesOf(film, poses), C = places.length/n;
  let end = 0;
  for (const length of film.takes) for (let k = end, last = end += length; k < last; k++) left[k] = last - k;
  const entry = Float32Array.from(left, (frames, k) => film.slower*facts[FACTS*k + SPEED] + (frames < FPS ? film.never : 0));
  const apart = (j, k) => {                        // of frame k and of what would come after frame j
    if (Math.abs(j - k) < sizes.reach) return film.never;
    let sum = 0;
    for (let c = 0, a = C*(left[j] > 1 ? j + 1 : j), b = C*k; c < C; c++) sum += (places[a + c] - places[b + c])**2;
    return sum;
  };
  const { sources, cost } = nearestOf(n, Math.min(n, film.near), apart, entry);
  for (let t = 0; t < n; t++) hang(film.roots, poses, ROW*t, -1);
  return { ...film, facts, left, entry, apart, sources, cost, parted: poses };
}

function hang(roots, poses, at, sign) {            // each part seen from its root (-1), or from the neck again (1)
  for (const axis of [at, at + 121]) roots.forEach((root, j) => { if (root >= 0) poses[axis + j] += sign*poses[axis + root]; });
}

function placesOf({ n, takes, tracked, weight, velocity }, poses) {   // n × 4 a point: where it is and how it moves, 20 px as 1
  const m = tracked.length, C = 4*m, places = new Float32Array(C*n), scale = 1/(20*Math.sqrt(m));
  let begin = 0;
  for (const length of takes) {
    tracked.forEach((j, i) => [0, 1].forEach(axis => {
      const track = Float64Array.from({ length }, (_, t) => poses[ROW*(begin + t) + 121*axis + j]), smooth = blurred(track, 1);
      for (let t = 0; t < length; t++) {
        const a = Math.max(0, t - 1), b = Math.min(length - 1, t + 1), at = C*(begin + t) + i + m*axis;
        places[at] = track[t]*weight[i]*scale;
        places[at + 2*m] = velocity*(smooth[b] - smooth[a])/(b - a)*weight[i]*scale;
      }
    }));
    begin += length;
  }
  return places;
}

function nearestOf(n, k, apart, entry) {           // of each frame the k best to come from, and what these joints cost
  const sources = new Int32Array(n*k), cost = new Float32Array(n*k), best = new Float64Array(k), from = new Int32Array(k);
  for (let to = 0; to < n; to++) {
    let full = 0;
    for (let j = 0; j < n; j++) {
      const x = apart(j, to);
      if (full === k && x >= best[k - 1]) continue;
      let i = full < k ? full++ : k - 1;           // put it where it belongs
      for (; i && best[i - 1] > x; i--) { best[i] = best[i - 1]; from[i] = from[i - 1]; }
      best[i] = x;
      from[i] = j;
    }
    for (let i = 0; i < k; i++) { sources[to*k + i] = from[i]; cost[to*k + i] = best[i] + entry[to]; }
  }
  return { sources, cost };
}

// ---- the cheapest path

function bestPath(film, costs, at, ran) {          // costs: T rows of n; at: frame shown before, or -1; ran: how long its stretch lasts
  const { n, left } = film, T = costs.length, { shortest } = film.sizes, young = Math.min(shortest, T), goesOn = at >= 0 && left[at] > 1;
  const sums = diagonalSums(costs, n), values = [], backs = [], least = new Float32Array(n), from = new Int32Array(n);
  for (let t = 0; t < T; t++) {
    const value = new Float32Array(n).fill(TOO_MUCH), back = new Int32Array(n).fill(GOES_ON), s = t - young + 1, row = costs[t];
    if (t) for (let j = 1, before = values[t - 1]; j < n; j++) { if (left[j - 1] > 1) value[j] = before[j - 1] + row[j]; }
    else if (goesOn) value[at + 1] = row[at + 1];  // what is being shown goes on
    values.push(value);
    backs.push(back);
    if (s < 0) continue;                           // a stretch that began at s is long enough now
    enter(film, s ? values[s - 1] : null, at, least, from);
    const tooSoon = goesOn && ran + s < shortest ? TOO_MUCH/2 : 0, until = sums[t + 1], begun = sums[s];
    for (let start = 0, end = young - 1; end < n; start++, end++) {
      if (left[start] < shortest) continue;
      const total = least[start] + tooSoon + until[end + 1] - begun[start];
      if (total < value[end]) { value[end] = total; back[end] = from[start]; }
    }
  }
  return trace(backs, values[T - 1], young);
}

function diagonalSums(costs, n) {                  // of m costs down from (t, j): [t + m][j + m] - [t][j]
  const sums = [new Float32Array(n + 1)];
  for (const row of costs) {
    const next = new Float32Array(n + 1), before = sums[sums.length - 1];
    for (let j = 0; j < n; j++) next[j + 1] = before[j] + row[j];
    sums.push(next);
  }
  return sums;
}

function enter({ n, sources, cost, entry, apart, costs: { jump } }, before, at, least, from) {   // what it costs to begin at each frame, and whence
  const k = sources.length/n;
  for (let start = 0; start < n; start++) {
    if (!before) {
      least[start] = at < 0 ? 0 : apart(at, start) + entry[start] + jump;
      from[start] = BEGINS;
      continue;
    }
    let best = Infinity, source = 0;
    for (let i = start*k, end = i + k; i < end; i++) {
      const x = before[sources[i]] + cost[i];
      if (x < best) { best = x; source = sources[i]; }
    }
    least[start] = best + jump;
    from[start] = source;
  }
}

function trace(backs, value, shortest) {
  const path = [];
  let j = value.indexOf(value.reduce((a, b) => Math.min(a, b))), t = backs.length - 1;
  while (t >= 0) {
    const before = backs[t][j], steps = before === GOES_ON ? 1 : shortest;
    for (let i = 0; i < steps; i++) path.push(j - i);
    t -= steps;
    j = before === GOES_ON ? j - 1 : before;
  }
  return path.reverse();
}

// ---- one motion of the pieces

function ease(n) {                                 // from 1 to 0, at rest at both ends
  return Array.from({ length: n }, (_, i) => { const x = (i + .5)/n; return 1 - x**3*(x*(6*x - 15) + 10); });
}

function gapOf({ parted, left, n }, a, b) {        // by how much a jump from frame a to frame b misses, on both of its sides
  const at = (t, c) => parted[ROW*t + c], goesOn = left[a] > 1, goesBack = b && left[b - 1] > 1, ahead = Math.min(b + 1, n - 1);
  return Float32Array.from({ length: ROW }, (_, c) => {
    const after = goesOn ? at(a + 1, c) : 2*at(a, c) - at(a - 1, c), before = goesBack ? at(b - 1, c) : 2*at(b, c) - at(ahead, c);
    return .5*(after - at(b, c) + at(a, c) - before);
  });
}

function motionOf(film, path) {                    // poses of a path: what is missed at a jump is shared by its two sides
  const poses = new Float32Array(ROW*path.length), { fade } = film.sizes, cuts = path.flatMap((j, t) => t && j !== path[t - 1] + 1 ? t : []);
  path.forEach((j, t) => poses.set(film.parted.subarray(ROW*j, ROW*j + ROW), ROW*t));
  const edges = [0, ...cuts, path.length], bend = (t, missed, share) => missed.forEach((x, c) => { poses[ROW*t + c] += .5*share*x; });
  cuts.forEach((cut, i) => {
    const missed = gapOf(film, path[cut - 1], path[cut]);
    ease(Math.min(fade, cut - edges[i])).forEach((share, t) => bend(cut - 1 - t, missed, -share));
    ease(Math.min(fade, edges[i + 2] - cut)).forEach((share, t) => bend(cut + t, missed, share));
  });
  path.forEach((_, t) => hang(film.roots, poses, ROW*t, 1));
  return poses;
}

function putFace({ rigid, mouth, ours }, body, face) {   // the lips and the jaw of `face` on the head of `body`, in place
  const frames = body.length/ROW, real = new Float64Array(frames), imaginary = new Float64Array(frames), centres = [];
  const mean = (poses, at) => rigid.reduce((sum, j) => sum + poses[at + j], 0)/rigid.length;
  for (let t = 0; t < frames; t++) {
    const x = ROW*t, y = x + 121, [fx, fy, bx, by] = [mean(face, x), mean(face, y), mean(body, x), mean(body, y)];
    let size = 0;
    for (const j of rigid) {
      const a = face[x + j] - fx, b = face[y + j] - fy, c = body[x + j] - bx, d = body[y + j] - by;
      real[t] += a*c + b*d;
      imaginary[t] += a*d - b*c;
      size += a*a + b*b;
    }
    real[t] /= size;
    imaginary[t] /= size;
    centres.push([fx, fy, bx, by]);
  }
  const turn = blurred(real, 1), lean = blurred(imaginary, 1);
  centres.forEach(([fx, fy, bx, by], t) => mouth.forEach((j, i) => {
    const x = ROW*t + j, y = x + 121, a = face[x] - fx, b = face[y] - fy;
    body[x] += ours[i]*(a*turn[t] - b*lean[t] + bx - body[x]);
    body[y] += ours[i]*(b*turn[t] + a*lean[t] + by - body[y]);
  }));
  return body;
}

// ---- for one recording, window by window

function makeMatcher(film, seed = 0) {
  const { n, facts, costs, sizes } = film, path = [], shown = new Int32Array(n).fill(-sizes.again);
  let levels = [], ran = 0;
  function hear(sound, first, last) {              // what is known keeps its level; the last frame was heard by half
    const keep = Math.max(first, levels.length - 1);
    levels = [...levels.slice(0, keep), ...frameLevels(sound, last - first).slice(keep - first)];
  }
  function costOf(first, last, look) {             // of every frame of the film at these moments
    const begin = Math.max(0, first - sizes.heard), loud = loudness(levels.slice(begin, last), levels), slow = blurred(loud, 4);
    const tracks = soundFeatures(loud, sizes.far), draw = chance(seed, first, n), still = new Float64Array(n);
    for (let j = 0; j < n; j++) {
      const lately = Math.max(0, 1 - (first - shown[j])/sizes.again);
      still[j] = costs.unsure*facts[FACTS*j + UNSURE] + costs.chance*draw[j] + costs.again*lately;
    }
    return Array.from({ length: last - first }, (_, i) => {
      const t = first - begin + i, silence = costs.rest*Math.max(0, 1 - 4*slow[t]), wished = look(first + i), row = Float32Array.from(still);
      const heard = tracks.map((track, c) => (track[t] - film.heard.mean[c])/(film.heard.std[c] + 1e-3));
      for (let j = 0, at = 0; j < n; j++, at += FACTS) {
        let sound = 0, wish = 0;
        for (let c = 0; c < 5; c++) {
          sound += (heard[c] - facts[at + c])**2;
          wish += (wished[c] - facts[at + LOOKS + c])**2;
        }
        row[j] += costs.sound/5*sound + costs.wish/5*wish + silence*facts[at + SPEED];
      }
      return row;
    });
  }
  function show(frames) {
    for (const j of frames) {
      ran = path.length && j === path[path.length - 1] + 1 ? ran + 1 : 1;
      path.push(j);
      shown.fill(path.length, Math.max(0, j - sizes.trail + 1), j + 1);    // not what follows: it may go on
    }
  }
  function extend(last, look) {                    // the path up to a frame, so many ahead at a time, of which some are kept
    while (path.length < last) {
      const begin = path.length, end = Math.min(last, begin + sizes.ahead);
      const found = bestPath(film, costOf(begin, end, look), begin ? path[begin - 1] : -1, ran);
      show(end < last ? found.slice(0, sizes.kept) : found);
    }
  }
  return (face, sound, first, last, look) => {     // look(t): the five numbers wished for in a frame
    hear(sound, first, last);
    extend(last, look);
    const begin = Math.max(0, first - 2*sizes.fade);
    return putFace(film, motionOf(film, path.slice(begin, last)).slice(ROW*(first - begin)), face);
  };
}
