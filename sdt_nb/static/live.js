// A page on which a trained network gestures: to a microphone, to a file, to the recording it came with. Runs after
// common.js, player.js and npz.js; net.js and ear.js run in a worker beside it. Nothing leaves the page.
//
//   data    {drawing, options, model, wasm, weights, exact, film, bank, map, mean, windows, sample, digest}: bytes as Uint8Array
//   worker  the text of net.js, match.js and ear.js

const RATE = 16000, FPS = 15, CHUNK = .04, CHANGE = .5, LONGEST = 3600;   // s: of sound that is sent at once, of a change
const CLOCK = 250;                                 // pieces of sound by which the microphone's clock is read: 10 s
const MICROPHONE = `registerProcessor('microphone', class extends AudioWorkletProcessor {
  constructor({ processorOptions: { n } }) { super(); this.block = new Float32Array(n); this.filled = 0; }
  process([[samples]]) {
    for (const x of samples || []) {
      this.block[this.filled++] = x;
      if (this.filled === this.block.length) { this.port.postMessage(this.block.slice()); this.filled = 0; }
    }
    return true;
  }
})`;

// ---- sound

async function readSound(blob) {                   // 16 kHz mono of any file that the browser can decode
  if (!blob.size) throw Error(`${blob.name || 'the file'} is empty`);
  let heard;
  try {
    heard = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await blob.arrayBuffer());
  } catch {
    throw Error(`${blob.name || 'the file'} cannot be read as sound by this browser: try wav, mp3 or m4a`);
  }
  if (heard.duration > LONGEST) throw Error(`the sound lasts ${Math.round(heard.duration/60)} minutes, and this page takes an hour: use the program for more`);
  const sound = new Float32Array(heard.length), n = heard.numberOfChannels;
  for (let c = 0; c < n; c++) heard.getChannelData(c).forEach((x, i) => { sound[i] += x/n; });
  return sound;
}

function peaksOf(sound, n = 400) {                 // in per cent of the loudest
  const all = Array.from({ length: n }, (_, k) => {
    let most = 0;
    for (let i = Math.floor(k*sound.length/n); i < (k + 1)*sound.length/n; i++) most = Math.max(most, Math.abs(sound[i]));
    return most;
  });
  const most = Math.max(...all) || 1;
  return all.map(peak => Math.round(100*peak/most));
}

function phrasesOf(sound) {                        // where somebody speaks without a pause of .3 s: starts, in s (sdt_nb.templates)
  const hop = RATE/50, loud = Array.from({ length: Math.ceil(sound.length/hop) }, (_, k) => {
    let sum = 0;
    for (let i = k*hop; i < Math.min((k + 1)*hop, sound.length); i++) sum += sound[i]**2;
    return Math.sqrt(sum/hop);
  });
  const limit = .1*([...loud].sort((a, b) => a - b)[Math.floor(.95*loud.length)] || 0), starts = [];
  let end = -1;
  loud.forEach((x, k) => {
    if (x <= limit) return;
    if (end < 0 || (k - end)/50 > .3) starts.push(k/50);
    end = k + 1;
  });
  return starts.length ? starts : [0];
}

// ---- templates

function makeTemplates({ bank, mean, map, model }) {
  const C = model.template, rows = new Float32Array(bank.slice().buffer), n = map.length, size = n ? rows.length/n : 0;
  const near = ([x, y], count) => map.map(([a, b], i) => [(a - x)**2 + (b - y)**2, i]).sort((p, q) => p[0] - q[0]).slice(0, count);
  const named = parts => parts.length === 1 ? `template ${parts[0][1]}` : `between ${parts.map(p => p[1]).join(', ')}`;
  return {
    n, vary: size > C,                             // (frames × C) each, else (C,)
    single: i => [[1, clamp(i, 0, n - 1)]],
    at: place => near(place, 1).map(([, i]) => [1, i]),
    between(place) {                               // the three nearest, each with its share
      const found = near(place, 3).map(([away, i]) => [1/(away + 1e-5), i]), sum = found.reduce((s, [w]) => s + w, 0);
      return found.map(([w, i]) => [w/sum, i]).filter(([w]) => w > .05);
    },
    place: parts => [0, 1].map(axis => parts.reduce((s, [w, i]) => s + w*map[i][axis], 0)),
    label: named,
    code(parts, intensity) {                       // one template: as learned, nearer to the mean, or beyond; a look: calmer, or livelier
      const learned = Float32Array.from({ length: size }, (_, k) => parts.reduce((s, [w, i]) => s + w*rows[i*size + k], 0));
      if (!model.film) return learned.map((x, k) => mean[k % C] + intensity*(x - mean[k % C]));
      learned[C - 1] += (intensity - 1)*model.film.lively;
      return learned;
    },
    inTurn(codes, starts, frames) {                // (frames × C): each passes into the next within half a second
      const out = new Float32Array(frames*C);
      for (let t = 0; t < frames; t++) {
        out.set(codes[0], t*C);
        for (let k = 1; k < codes.length; k++) {
          const passed = clamp((t/FPS - starts[k])/CHANGE, 0, 1), share = passed*passed*(3 - 2*passed);
          for (let c = 0; c < C; c++) out[t*C + c] += share*(codes[k][c] - codes[k - 1][c]);
        }
      }
      return out;
    },
  };
}

// ---- the page

function livePage(main, data, worker) {
  const url = (text, type = 'text/javascript') => URL.createObjectURL(new Blob([text], { type }));
  const ear = new Worker(url(worker)), templates = makeTemplates(data), post = m => ear.postMessage(m);
  const wanted = new URLSearchParams(location.hash.slice(1));
  let chosen = templates.single(+wanted.get('template') || 0), intensity = clamp(+(wanted.get('intensity') || 1), 0, 3);
  let perPhrase = false, sound = null, name = '', gesture = null, id = 0, speaking = null, recording = null, startWhenReady = false;

  const button = (textContent, title, onclick) => element('button', { type: 'button', textContent, title, onclick });
  const note = element('p', { className: 'sdt-note', role: 'status' }), field = element('canvas', { className: 'sdt-bank', role: 'img' });
  const say = (text, wrong = false) => { note.textContent = text; note.classList.toggle('sdt-wrong', wrong); };
  const complain = e => say(String(e.message || e), true);
  const file = element('input', { type: 'file', accept: 'audio/*,video/*', hidden: true, onchange: () => file.files[0] && open(file.files[0]) });
  const speak = button('● Speak', 'the figure moves while you speak', () => speaking ? speaking.stop() : listen().catch(complain));
  const phrases = button('Another for each phrase', 'a template drawn anew after every pause', () => {
    perPhrase = !perPhrase;
    choose(chosen, false);
  });
  const much = element('input', { type: 'range', min: 0, max: 2, step: .05, value: intensity, 'aria-label': 'intensity',
    oninput: () => { intensity = +much.value; choose(chosen, false); } });
  const film = button('Record a film', 'what is seen and heard, as a film', () => recording ? recording.stop() : record().catch(complain));
  const save = [['npz', 'for numpy, with the sound'], ['json', 'as text']].map(([form, why]) =>
    button(`Save ${form}`, `poses in final pixels, ${why}`, () => savePoses(form)));
  const link = button('Copy link', 'a link with this template', copyLink);
  const stage = element('div');
  main.classList.add('sdt-live-page');
  main.append(element('section', { className: 'sdt-side' },
    element('h1', { textContent: data.options.title }), element('p', { textContent: data.options.text }),
    element('div', { className: 'sdt-doors' }, speak, button('Open a file', 'sound or video; or drop one anywhere on the page', () => file.click()),
      ...data.sample.length ? [button('Play the recording', 'which came with this page', () => open(new Blob([data.sample]), 'the recording'))] : [], file), note,
    ...templates.n > 1 ? [element('div', { className: 'sdt-field' }, field),
      element('div', { className: 'sdt-doors' }, element('label', {}, 'intensity ', much), ...templates.vary ? [] : [phrases])] : [],
    element('div', { className: 'sdt-doors' }, film, ...save, link),
    element('p', { className: 'sdt-private', textContent: 'Everything happens in this page. No sound leaves your computer.' })), stage);
  const player = mount(stage, data.drawing, { page: true, theme: data.options.theme }, () => {});

  // ---- which template

  function drawMap() {
    const colors = data.drawing.themes[document.documentElement.dataset.theme] || Object.values(data.drawing.themes)[0], [g, w, h, ratio] = fit(field);
    const dot = ([x, y], radius, color) => {
      g.beginPath();
      g.arc((.06 + .88*x)*w, (.94 - .88*y)*h, radius*ratio, 0, 7);
      g.fillStyle = color;
      g.fill();
    };
    g.clearRect(0, 0, w, h);
    data.map.forEach(at => dot(at, 3.5, colors.left));
    if (templates.n) dot(templates.place(chosen), 8, colors.right);
    field.setAttribute('aria-label', `the map of ${templates.n} templates: ${templates.label(chosen)} is chosen`);
  }
  function choose(parts, alone = true) {           // alone: for the whole recording, no longer another for each phrase
    chosen = parts;
    if (alone) perPhrase = false;
    phrases.setAttribute('aria-pressed', perPhrase);
    drawMap();
    if (!templates.n) return;
    post({ act: 'template', template: templates.code(chosen, intensity) });
    history.replaceState(null, '', `#template=${chosen[0][1]}&intensity=${intensity}`);
    answer();
  }
  const pointed = e => {
    const box = field.getBoundingClientRect();
    return [((e.clientX - box.left)/box.width - .06)/.88, (.94 - (e.clientY - box.top)/box.height)/.88];
  };
  field.tabIndex = 0;
  field.addEventListener('pointerdown', e => { field.setPointerCapture(e.pointerId); choose(templates.at(pointed(e))); });
  field.addEventListener('pointermove', e => { if (e.buttons) choose(templates.between(pointed(e))); });
  field.addEventListener('keydown', e => {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[e.key];
    if (!by) return;
    e.preventDefault();
    e.stopPropagation();
    choose(templates.single((chosen[0][1] + by + templates.n) % templates.n));
  });
  new ResizeObserver(drawMap).observe(field);
  new MutationObserver(drawMap).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });

  // ---- a recording

  async function open(blob, as = '') {
    try {
      sound = await readSound(blob);
    } catch (e) { complain(e); return; }
    name = as || blob.name || 'sound';
    startWhenReady = true;
    player.pause();
    answer();
  }
  async function greet() {                         // the recording that came along, not played: somebody to look at
    const heard = await readSound(new Blob([data.sample])).catch(() => null);
    if (!heard || sound || speaking) return;
    sound = heard;
    name = 'the recording';
    answer();
  }
  function codes(frames) {
    if (!templates.n) return new Float32Array(0);
    if (!perPhrase) return templates.code(chosen, intensity);
    const starts = phrasesOf(sound), draw = k => k ? templates.single(Math.floor(Math.random()*templates.n)) : chosen;
    return templates.inTurn(starts.map((_, k) => templates.code(draw(k), intensity)), starts, frames);
  }
  function answer() {
    if (!sound || speaking) return;
    post({ act: 'whole', id: ++id, sound, templates: codes(Math.max(1, Math.round(sound.length/RATE*FPS))) });
  }
  function show({ frames, poses, ms }) {
    const most = poses.reduce((a, b) => Math.max(a, Math.abs(b)), 1), unit = most/32767, seconds = frames/FPS;
    gesture = { frames, poses, sound, label: perPhrase ? 'a template for each phrase' : templates.n ? templates.label(chosen) : name };
    player.set({ fps: FPS, frames, seconds, peaks: peaksOf(sound), sound: wavOf(sound, RATE),
      panels: [{ label: gesture.label, unit, data: Int16Array.from(poses, x => Math.round(x/unit)) }] });
    say(`${name}: ${seconds.toFixed(1)} s of gestures in ${(ms/1000).toFixed(2)} s`);
    if (startWhenReady) { startWhenReady = false; player.seek(0); player.play(); }
  }
  const hears = {
    loaded: () => { say('Ready.'); document.documentElement.dataset.ready = 1; if (data.sample.length) greet(); },
    part: ({ done, frames }) => { if (frames > 900) say(`${Math.round(100*done/frames)} % of ${(frames/FPS/60).toFixed(1)} minutes`); },
    whole: show,
    poses: ({ first, poses }) => player.take(first, poses, speaking?.began),
    slow: ({ hop }) => say(`This machine is busy: the figure follows in steps of ${(hop/FPS).toFixed(1)} s.`),
    error: ({ why }) => say(why, true),
  };
  ear.onmessage = ({ data: m }) => { if (!('id' in m) || m.id === id) hears[m.act](m); };
  ear.onerror = e => say(`the network could not be started: ${e.message}`, true);
  addEventListener('dragover', e => e.preventDefault());
  addEventListener('drop', e => { e.preventDefault(); if (e.dataTransfer.files[0]) open(e.dataTransfer.files[0]); });

  // ---- a microphone

  async function listen() {
    if (!navigator.mediaDevices?.getUserMedia) throw Error('this browser gives a page no microphone unless it is opened from a file, from this machine or by https');
    let media;
    try {
      media = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: true } });
    } catch (e) {
      throw Error(e.name === 'NotFoundError' ? 'no microphone is connected' : 'the microphone was refused: allow it for this page in the browser, then press Speak again');
    }
    const context = new AudioContext(), source = context.createMediaStreamSource(media), n = Math.round(CHUNK*context.sampleRate), mine = ++id;
    context.resume();                              // a browser may take the question about the microphone for the end of the click
    await context.audioWorklet.addModule('data:text/javascript,' + encodeURIComponent(MICROPHONE));   // a blob: is refused where the page is a file
    const node = new AudioWorkletNode(context, 'microphone', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit', processorOptions: { n } });
    let began = 0, heard = 0, starts = [];
    node.port.onmessage = ({ data: block }) => {
      heard += 1000*n/context.sampleRate;          // no piece comes early: the least late says when its sound began
      starts = [...starts, performance.now() - heard].slice(-CLOCK);
      const isFirst = !began;
      began = Math.min(...starts);
      if (isFirst) {
        post({ act: 'begin', id: mine, rate: context.sampleRate, windows: data.windows });
        player.follow({ began, fps: FPS, label: 'you' });
      }
      post({ act: 'hear', id: mine, sound: block });
    };
    source.connect(node);
    const unheard = setTimeout(() => { if (!began) say('No sound came from the microphone in 3 s: is it muted, or does another program hold it?', true); }, 3000);
    player.pause();
    speak.textContent = '■ Stop';
    say('Speak.');
    const stop = () => {
      clearTimeout(unheard);
      media.getTracks().forEach(track => track.stop());
      context.close();
      speaking = null;
      id++;
      speak.textContent = '● Speak';
      player.follow({});
      say('Stopped.');
    };
    speaking = { stop, context, source, get began() { return began; } };
  }

  // ---- what is taken away

  function download(blob, as) {
    const a = element('a', { href: URL.createObjectURL(blob), download: as });
    a.click();
    setTimeout(() => URL.revokeObjectURL(a.href), 1000);
  }
  function savePoses(form) {
    if (!gesture) { say('There is no gesture yet: play or open a recording.', true); return; }
    const { frames, poses, sound, label: template } = gesture, { points } = data.options, info = { template, intensity };
    const rounded = (t, axis) => Array.from(poses.subarray(242*t + 121*axis, 242*t + 121*axis + 121), x => Math.round(100*x)/100);
    const forms = {
      json: () => JSON.stringify({ fps: FPS, points_137: points, ...info, poses: Array.from({ length: frames }, (_, t) => [rounded(t, 0), rounded(t, 1)]) }),
      npz: () => npz({ poses: [poses, [frames, 2, 121]], fps: [Int32Array.of(FPS), []], points_137: [Int32Array.from(points), [points.length]],
        info: [JSON.stringify(info), []], audio: [sound, [sound.length]] }),
    };
    download(new Blob([forms[form]()], { type: form === 'json' ? 'application/json' : 'application/octet-stream' }), `gesture.${form}`);
  }
  async function copyLink() {
    try {
      await navigator.clipboard.writeText(location.href);
      say('The link is copied.');
    } catch { say(location.href); }
  }
  async function record() {                        // the stage as it is drawn, with the sound it is drawn to
    if (!speaking && !gesture) throw Error('There is nothing to record yet: play a recording, or speak.');
    const type = window.MediaRecorder && ['video/mp4', 'video/webm'].find(t => MediaRecorder.isTypeSupported(t));
    if (!type) throw Error('this browser records no films');
    const context = speaking ? speaking.context : new AudioContext(), target = context.createMediaStreamDestination();
    let source = null, end = null;
    if (speaking) {
      const delay = context.createDelay(5);
      delay.delayTime.value = Math.max(0, player.state().delay/1000) || .5;
      speaking.source.connect(delay).connect(target);
    } else {
      source = context.createBufferSource();
      source.buffer = context.createBuffer(1, sound.length, RATE);
      source.buffer.copyToChannel(sound, 0);
      source.connect(target);
    }
    const stream = new MediaStream([...main.querySelector('.sdt-stage').captureStream(30).getVideoTracks(), ...target.stream.getAudioTracks()]);
    const parts = [], recorder = new MediaRecorder(stream, { mimeType: type });
    recorder.ondataavailable = e => parts.push(e.data);
    recorder.onstop = () => {
      clearTimeout(end);
      recording = null;
      film.textContent = 'Record a film';
      if (source) context.close();
      download(new Blob(parts, { type }), `gesture.${type.split('/')[1]}`);
      say('The film is saved.');
    };
    if (source) {
      player.seek(0);
      player.play();
      source.start();
      end = setTimeout(() => recorder.stop(), 1000*sound.length/RATE);
    }
    recorder.start();
    film.textContent = 'Stop recording';
    recording = recorder;
  }

  if (!window.WebAssembly) { say('This browser has no WebAssembly, which the network needs.', true); return null; }
  post({ act: 'load', model: data.model, wasm: data.wasm.buffer, weights: data.weights.buffer, exact: data.exact.buffer, film: data.film.buffer });
  say('Loading…');
  choose(chosen);
  return { open, choose, templates, player, ear, windows: data.windows, get gesture() { return gesture; }, get speaking() { return speaking; } };
}

async function checkDigest({ weights, exact, film, digest }) {    // whether the page came whole; without `crypto` (plain http) it is believed
  if (!globalThis.crypto?.subtle) return true;
  const found = new Uint8Array(await crypto.subtle.digest('SHA-256', await new Blob([weights, exact, film]).arrayBuffer()));
  return digest === [...found.slice(0, 6)].map(b => b.toString(16).padStart(2, '0')).join('');
}
