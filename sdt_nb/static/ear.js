// In a worker, after net.js and match.js: sound comes, poses go out. A recording is answered as sdt_nb.inference answers it, whole up
// to a minute, else in windows, each fading into the next; a voice is answered in short windows while it speaks.
//
//   in   {act: 'load', wasm, model, weights, exact, film} · {act: 'template', template} · {act: 'whole', id, sound, templates}
//        {act: 'begin', id, rate, windows} · {act: 'hear', id, sound}
//   out  {act: 'loaded', ms} · {act: 'part', id, done, frames} · {act: 'whole', id, poses, ms} · {act: 'poses', id, first, poses}
//        {act: 'slow', hop} · {act: 'error', why}

const RATE = 16000, FPS = 15, ONE_PASS = 60*FPS, MOST = 20, LONG = { past: 16, hop: 40, fade: 8, ahead: 0 }, FAR = { past: 16, hop: 104, fade: 8, ahead: 0 };
const samplesOf = frames => Math.floor(frames*RATE/FPS), framesOf = n => Math.max(1, Math.round(n/RATE*FPS));

function joined(a, b) {
  const all = new a.constructor(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

function makeFollower(answer, windows, row) {      // answer(sound, first, last): poses of these frames, `row` numbers each
  let sound = new Float32Array(0), start = 0, done = 0, tail = new Float32Array(0);   // start: sample that `sound` begins with
  const known = () => start + sound.length;
  function between(a, b) {                         // the sound of some frames; silence where it has ended
    const cut = new Float32Array(samplesOf(b - a)), from = samplesOf(a) - start;
    cut.set(sound.subarray(from, from + cut.length));
    return cut;
  }
  function fadeIn(poses) {                         // the end of the last window gives way to this one, along half a cosine
    const frames = tail.length/row, n = Math.min(tail.length, poses.length);
    for (let i = 0; i < n; i++) {
      const share = .5 - .5*Math.cos(Math.PI*(Math.floor(i/row) + 1)/(frames + 1));
      poses[i] = tail[i] + (poses[i] - tail[i])*share;
    }
  }
  function step(first, last, until) {              // poses up to `last` of a window that hears from `first` to `until`
    const poses = answer(between(first, until), first, until).slice(row*(done - first), row*(last - first));
    fadeIn(poses);
    return poses;
  }
  return {
    *hear(piece, ended = false) {                  // {first, poses, hop}, as they are known; of a voice all that has been heard by now at once
      sound = joined(sound, piece);
      for (;;) {
        const { past, fade, ahead } = windows, waiting = Math.floor(known()*FPS/RATE) - done - fade - ahead;
        const hop = ended ? windows.hop : Math.max(windows.hop, Math.min(MOST, waiting)), given = done + hop + fade, wanted = given + ahead;
        const short = known() < samplesOf(wanted), all = framesOf(known());
        if (short && !ended) return;
        const until = short ? Math.min(wanted, all) : wanted, last = Math.min(given, until);
        if (short && done && done >= last) return;
        const poses = step(Math.max(0, done - past - windows.hop + hop), last, until);      // a longer step, as long a window
        if (short && last === all) { yield { first: done, poses, hop }; return; }
        yield { first: done, poses: poses.slice(0, row*hop), hop };
        tail = poses.slice(row*hop);
        done += hop;
        const keep = Math.max(0, samplesOf(Math.max(0, done - past)) - start);
        sound = ended ? sound.subarray(keep) : sound.slice(keep);      // what is there as a whole is not copied each time
        start += keep;
      }
    },
  };
}

function makeResampler(rate) {                     // to 16 kHz, piece by piece, by a windowed sinc of 16 zero crossings each way
  if (rate === RATE) return piece => piece;
  const ratio = rate/RATE, cut = .94/Math.max(1, ratio), reach = Math.ceil(16/cut), tables = new Map();
  const weight = d => {
    const x = Math.PI*cut*d, taper = Math.cos(Math.PI*d/2/(reach + 1));
    return cut*(x ? Math.sin(x)/x : 1)*taper*taper;
  };
  const taps = phase => {                          // phases repeat: there is one at 48 kHz, 160 at 44.1 kHz
    if (!tables.has(phase)) tables.set(phase, Float32Array.from({ length: 2*reach + 1 }, (_, k) => weight(k - reach - phase/1e4)));
    return tables.get(phase);
  };
  let held = new Float32Array(reach), base = -reach, next = 0;       // base: place of held[0] in the recording
  return piece => {
    const heard = joined(held, piece), out = [];
    for (;; next++) {
      const at = next*ratio, i = Math.floor(at), weights = taps(Math.round((at - i)*1e4));
      if (i + reach >= base + heard.length) break;
      let sum = 0;
      for (let k = 0, j = i - reach - base; k < weights.length; k++) sum += weights[k]*heard[j + k];
      out.push(sum);
    }
    const keep = Math.max(0, Math.floor(next*ratio) - reach - base);
    held = heard.slice(keep);
    base += keep;
    return Float32Array.from(out);
  };
}

function makeLeveller() {                          // as sdt_nb.audio.levelled: by the level of what was heard so far, full scale 1
  const LEVEL = .1, n = RATE/20, counts = new Float64Array(121);     // twentieths of a second, by their level: -120 to 0 dB
  return piece => {
    for (let k = 0; k < piece.length; k += n) {
      const part = piece.subarray(k, k + n), power = part.reduce((sum, x) => sum + x*x, 0)/part.length;
      counts[Math.round(within(120 + 10*Math.log10(power + 1e-12), 0, 120))]++;
    }
    const wanted = .9*counts.reduce((a, b) => a + b, 0);
    let loud = 0;
    for (let sum = counts[0]; sum < wanted; sum += counts[loud]) loud++;
    const level = 10**((loud - 120)/20), gain = level > LEVEL/100 ? LEVEL/level : 1;
    return piece.map(x => x*gain);
  };
}
const within = (x, low, high) => Math.min(high, Math.max(low, x));

// ---- what is asked of the worker, in turn

let net = null, model = null, film = null, template = new Float32Array(0), live = null, newest = 0, unheard = [];
const send = content => postMessage(content, content.poses ? [content.poses.buffer] : []);

function fitTemplate(code, C, first, last) {       // one that varies goes to its end and back again, as sdt_nb.templates has it
  const end = code.length/C - 1, out = new Float32Array(C*(last - first));
  if (!(end > 0)) return code;
  for (let t = first; t < last; t++) {
    const at = end - Math.abs(end - t % (2*end));
    out.set(code.subarray(C*at, C*at + C), C*(t - first));
  }
  return out;
}

function makeAnswer(codes) {                       // codes(): templates, (C,) or (frames × C) -> (sound, first, last): poses
  const matcher = film && makeMatcher(film), rows = (a, b) => fitTemplate(codes(), model.template, a, b);
  return (sound, a, b) => {
    const poses = net.answer(sound, rows(a, b), b - a);
    return matcher ? matcher(poses, sound, a, b, t => rows(t, t + 1)) : poses;
  };
}

const acts = {
  async load(m) {
    const began = performance.now();
    model = m.model;
    const exact = new Float32Array(m.exact);
    net = await makeNet(m.wasm, model, new Int16Array(m.weights), exact);
    film = model.film && makeFilm(model.film, new Int16Array(m.film), exact);
    send({ act: 'loaded', ms: performance.now() - began });
  },
  template(m) { template = m.template; },
  whole({ id, sound, templates }) {                // templates: (C,) or (frames × C)
    if (id < newest) return;                       // another is wanted by now
    const began = performance.now(), frames = framesOf(sound.length), row = 242;
    const windows = frames <= ONE_PASS ? { past: 0, hop: frames, fade: 0, ahead: 0 } : film ? FAR : LONG;
    const poses = new Float32Array(row*frames);
    for (const part of makeFollower(makeAnswer(() => templates), windows, row).hear(model.level ? makeLeveller()(sound) : sound, true)) {
      poses.set(part.poses.subarray(0, row*(frames - part.first)), row*part.first);
      send({ act: 'part', id, done: Math.min(frames, part.first + windows.hop), frames });
    }
    send({ act: 'whole', id, frames, poses, ms: performance.now() - began, bytes: net.bytes });
  },
  begin({ id, rate, windows }) {
    const resample = makeResampler(rate), level = model.level ? makeLeveller() : piece => piece;
    live = { id, windows, follower: makeFollower(makeAnswer(() => template), windows, 242), bring: piece => level(resample(piece)), late: 0 };
  },
  async hear({ id }) {
    await new Promise(resolve => setTimeout(resolve));   // what came meanwhile is answered at once: a machine that is slow takes longer steps
    const pieces = unheard.filter(m => m.id === id).map(m => m.sound);
    unheard = unheard.filter(m => m.id !== id);
    if (!live || id !== live.id || !pieces.length) return;
    for (const { first, poses, hop } of live.follower.hear(live.bring(pieces.reduce(joined)))) {
      send({ act: 'poses', id, first, poses, hop });
      live.late = hop > 3*live.windows.hop ? live.late + 1 : 0;
      if (live.late === 4) send({ act: 'slow', hop });
    }
  },
};

let queue = Promise.resolve();
onmessage = ({ data: m }) => {
  if (m.act === 'whole') newest = m.id;
  if (m.act === 'hear') unheard.push(m);
  queue = queue.then(() => acts[m.act](m)).catch(e => send({ act: 'error', why: String(e.message || e) }));
};
