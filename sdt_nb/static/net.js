// A trained network in the browser. The sums are in net.wasm (its source is net.c); here is where its tensors lie and
// what comes after what, which sdt_nb.portable wrote down as a list of steps.
//
//   model    {fps, template, min_frames, mel, steps}: what a network does; places in `weights` and `exact` are indices
//   weights  Int16Array: kernels, out × in × height × width, in units of their output channel
//   exact    Float32Array: these units, biases, mel filters
//   answer(sound, template, frames): 16 kHz samples, a template (C,) or (frames × C) -> Float32Array frames × 2 × 121

const LEFT = 4, RIGHT = 12;                        // zeros beside a row: for kernels, and for columns computed in eights
const eights = n => (n + 7) & ~7;

function makeMemory(memory) {                      // takes from the top of a growing memory; gives back all above a mark
  let top = 1 << 17, floats, ints;                 // below: the stack of net.wasm
  const see = () => { floats = new Float32Array(memory.buffer); ints = new Int32Array(memory.buffer); };
  see();
  return {
    get top() { return top; },
    get floats() { return floats; },
    back(mark) { top = mark; },
    take(n) {                                      // n floats, zero: their byte
      const at = top;
      top += (4*n + 63) & ~63;
      const lacking = top - memory.buffer.byteLength;
      if (lacking > 0) { memory.grow(Math.ceil(lacking/65536)); see(); }
      floats.fill(0, at/4, top/4);
      return at;
    },
    put(values) {
      const at = this.take(values.length);
      (values instanceof Int32Array ? ints : floats).set(values, at/4);
      return at;
    },
  };
}

async function makeNet(wasm, model, weights, exact) {
  const memory = new WebAssembly.Memory({ initial: 32, maximum: 65536 }), heap = makeMemory(memory);
  const { instance: { exports: sums } } = await WebAssembly.instantiate(wasm, { env: { memory } });

  // ---- what does not depend on the length of a sound

  function interleaved({ weights: from, unit, shape: [Co, Ci, kh, kw] }) {   // the weights of four output channels side by side
    const n = Ci*kh*kw, out = new Float32Array((Co + 3 >> 2)*4*n);
    for (let c = 0; c < Co; c++) for (let k = 0; k < n; k++) out[((c >> 2)*n + k)*4 + (c & 3)] = exact[unit + c]*weights[from + c*n + k];
    return heap.put(out);
  }
  const kernels = new Map();
  for (const step of model.steps) {
    if (step.op !== 'conv') continue;
    const bias = new Float32Array(step.shape[0] + 3 & ~3);
    if (step.bias >= 0) bias.set(exact.subarray(step.bias, step.bias + step.shape[0]));
    kernels.set(step, { weights: interleaved(step), bias: heap.put(bias) });
  }
  const { n_fft, hop, width, bins, filters } = model.mel, bits = Math.log2(n_fft);
  const reversed = i => { let r = 0; for (let b = 0; b < bits; b++) r |= (i >> b & 1) << bits - 1 - b; return r; };
  const ear = {
    window: heap.put(Float32Array.from({ length: width }, (_, i) => .5 - .5*Math.cos(2*Math.PI*i/width))),
    order: heap.put(Int32Array.from({ length: n_fft }, (_, i) => reversed(i))),
    turns: heap.put(Float32Array.from({ length: 2*n_fft }, (_, i) => (i & 1 ? Math.sin : Math.cos)(2*Math.PI*(i >> 1)/n_fft))),
    filters: heap.put(exact.subarray(filters, exact.length)), bins: heap.put(Int32Array.from(bins.flat())), z: heap.take(2*n_fft),
  };
  const base = heap.top;

  // ---- a plan: where each tensor lies, and the calls that fill them one after the other

  function tensor(C, H, W, isSplit = false) {
    const edge = H > 1 ? 1 : 0, part = LEFT + eights(isSplit ? Math.ceil(W/2) : W) + RIGHT, row = isSplit ? 2*part : part;
    const plane = (H + 2*edge)*row, at = heap.take(C*plane + 8) + 4*(edge*row + LEFT);
    return { C, H, W, row, plane, at, odd: isSplit ? part : 0 };
  }

  function makePlan(n, frames) {
    const T = Math.max(frames, model.min_frames), heard = 1 + Math.floor(n/hop), reach = n_fft/2;
    const length = Math.max(n, reach + 1), sound = heap.take(length + n_fft);
    const tensors = {}, calls = [], splits = new Map();
    let template = null, last = null;
    const halved = x => {
      if (!splits.has(x)) {
        const y = tensor(x.C, x.H, x.W, true);
        calls.push(() => sums.split(x.at, x.C, x.H, x.W, x.row, x.plane, y.at, y.row, y.plane, y.odd));
        splits.set(x, y);
      }
      return splits.get(x);
    };
    const copy = (x, y, at) => calls.push(() => sums.activate(x.at, x.C, x.H, x.W, x.row, x.plane, at, y.row, y.plane, 0, 1));
    const rows = (x, each) => {                    // each(values, place): over the C·H rows of a tensor, in JavaScript
      const F = heap.floats;
      for (let c = 0; c < x.C; c++) for (let h = 0; h < x.H; h++) each(F, x.at/4 + c*x.plane + h*x.row, c*x.H + h);
    };
    const sampled = (x, at, W, first, step, skip) => {
      const y = tensor(x.C, 1, W);
      calls.push(() => sums.sample(at, x.C, x.W, x.plane, first, step, skip ? skip.at : 0, skip ? skip.plane : 0, y.at, W, y.plane));
      return y;
    };
    const middle = x => x.at + 4*(x.H >> 1)*x.row;
    const ops = {
      mel() {
        const y = tensor(1, bins.length, Math.max(heard, 8));
        calls.push(() => sums.mel(sound, heard, hop, n_fft, ear.window, width, ear.order, ear.turns, ear.filters, ear.bins, bins.length, ear.z, y.at, y.row));
        return y;
      },
      fill({ in: from }) {                         // a short sound is filled up with silence
        const x = tensors[from], y = frames < T ? tensor(x.C, x.H, Math.ceil(heard*T/frames)) : x;
        if (y !== x) copy(x, y, y.at);
        return y;
      },
      log({ in: from }) {                          // as sdt_nb.audio.log_mel
        const x = tensors[from], y = tensor(x.C, x.H, x.W);
        copy(x, y, y.at);
        calls.push(() => rows(y, (F, at) => { for (let w = 0; w < y.W; w++) F[at + w] = (Math.log(F[at + w] + 1e-4) + 2)/3; }));
        return y;
      },
      widen({ in: from, by }) {                    // the first and the last column, `by` times more
        const x = tensors[from], y = tensor(x.C, x.H, x.W + 2*by);
        copy(x, y, y.at + 4*by);
        calls.push(() => rows(y, (F, at) => {
          F.fill(F[at + by], at, at + by);
          F.fill(F[at + y.W - by - 1], at + y.W - by, at + y.W);
        }));
        return y;
      },
      bands({ in: from }) {                        // the rows of a picture are the channels of a sequence: the same numbers
        const x = tensors[from];
        return { C: x.H, H: 1, W: x.W, row: x.row, plane: x.row, at: x.at, odd: 0 };
      },
      prosody({ in: from }) {                      // as sdt_nb.audio.prosody, before it is brought to frames
        const x = tensors[from], y = tensor(3, 1, x.W), W = x.W, edge = 32;
        const power = [0, 1, 2].map(() => new Float64Array(W)), smooth = [0, 1, 2].map(() => new Float64Array(W));
        calls.push(() => {
          power.forEach(p => p.fill(0));
          rows(x, (F, at, band) => {
            for (let w = 0; w < W; w++) { power[0][w] += F[at + w]/80; power[band < edge ? 1 : 2][w] += F[at + w]/(band < edge ? edge : 80 - edge); }
          });
          power.forEach((p, k) => p.forEach((_, w) => {
            let sum = 0, n = 0;
            for (let i = Math.max(0, w - 6); i <= Math.min(W - 1, w + 6); i++, n++) sum += (Math.log(p[i] + 1e-4) + 2)/3;
            smooth[k][w] = sum/n;
          }));
          const [loud, low, high] = smooth, F = heap.floats, at = y.at/4;
          for (let w = 0; w < W; w++) {
            F[at + w] = loud[w];
            F[at + y.plane + w] = w >= 3 && w + 4 < W ? 3*Math.max(0, loud[w + 4] - loud[w - 3]) : 0;
            F[at + 2*y.plane + w] = high[w] - low[w];
          }
        });
        return y;
      },
      conv(step) {
        const { in: from, shape: [Co, Ci, kh, kw], stride, pad: [ph, pw], norm, slope } = step;
        const x = stride === 2 ? halved(tensors[from]) : tensors[from], { weights: w, bias } = kernels.get(step);
        const down = kh > 1 ? stride : 1, H = Math.floor((x.H + 2*ph - kh)/down) + 1, W = Math.floor((x.W + 2*pw - kw)/stride) + 1, places = [];
        for (let c = 0; c < Ci; c++) for (let i = 0; i < kh; i++) for (let j = 0; j < kw; j++) {
          const across = stride === 2 ? (j - pw & 1)*x.odd + (j - pw >> 1) : j - pw;
          places.push(c*x.plane + (i - ph)*x.row + across);
        }
        const table = heap.put(Int32Array.from(places)), row = eights(W), plane = H*row, raw = heap.take((Co + 3)*plane), y = tensor(Co, H, W);
        calls.push(() => sums.conv(x.at, table, places.length, w, bias, raw, Co + 3 >> 2, H, down*x.row, W, row, plane));
        calls.push(() => sums.activate(raw, Co, H, W, row, plane, y.at, y.row, y.plane, norm, slope));
        return y;
      },
      stretch({ in: from, like, add }) {           // the middle row, as long as another tensor or as the gesture
        const x = tensors[from], W = like ? tensors[like].W : T;
        return sampled(x, middle(x), W, .5*x.W/W - .5, x.W/W, tensors[add]);
      },
      frames({ in: from, first, step, as_asked }) {   // the middle row at the moment of each frame; columns begin at `first` s
        const x = tensors[from];
        return sampled(x, middle(x), as_asked ? frames : T, -first/step, 1/(model.fps*step), null);
      },
      join({ in: from, beside }) {                 // more channels: another tensor's, or the template of each frame
        const x = tensors[from], z = tensors[beside], y = tensor(x.C + (z ? z.C : model.template), 1, x.W), below = y.at + 4*x.C*y.plane;
        copy(x, y, y.at);
        if (z) copy({ ...z, W: x.W }, y, below);
        else template = { at: below/4, plane: y.plane };
        return y;
      },
    };
    for (const step of model.steps) last = tensors[step.out] = ops[step.op](step);
    return { T, n, length, sound, reach, calls, template, last };
  }

  const plans = new Map();
  function planFor(n, frames) {
    const key = `${n} ${frames}`;
    if (!plans.has(key) && plans.size >= 4) { plans.clear(); heap.back(base); }
    if (!plans.has(key)) plans.set(key, makePlan(n, frames));
    return plans.get(key);
  }

  function answer(sound, template, frames) {
    const plan = planFor(sound.length, frames), { T, length, reach, last } = plan, F = heap.floats, at = plan.sound/4 + reach;
    F.fill(0, at - reach, at + length + reach);
    F.set(sound, at);
    for (let i = 1; i <= reach; i++) { F[at - i] = F[at + i]; F[at + length - 1 + i] = F[at + length - 1 - i]; }   // mirrored ends
    if (plan.template) {
      const { at: to, plane } = plan.template, C = model.template, varies = template.length > C;
      for (let c = 0; c < C; c++) for (let t = 0; t < T; t++) F[to + c*plane + t] = template[(varies ? Math.min(t, frames - 1)*C : 0) + c];
    }
    for (const call of plan.calls) call();
    const out = new Float32Array(frames*last.C), from = last.at/4;
    for (let j = 0; j < last.C; j++) for (let t = 0; t < frames; t++) out[t*last.C + j] = F[from + j*last.plane + t];
    return out;
  }
  return { answer, get bytes() { return memory.buffer.byteLength; } };
}
