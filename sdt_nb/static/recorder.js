// A voice from this computer's microphone: recorded as a file, or sent live while it speaks. Runs after common.js.
//
// It sends {act: 'recorded', type, seconds} with the file's bytes, and {act: 'refused', why} where there is no microphone or no permission.
// Live: {act: 'began', began, rate}, then {act: 'chunk', began} with 16-bit mono samples, then {act: 'ended', began}; `began` is the time,
// of performance.now(), at which the first sample was captured. Python answers every chunk with {act: 'heard', began}, or {act: 'stop', began}.
// The next one is sent after the answer and holds all that was said meanwhile, so a slow machine gets fewer messages, not a longer queue.

const WHY = {                                      // what the browser calls it -> what to do
  insecure: 'this page is neither https nor on localhost, and browsers give no microphone to such pages: upload a file, or forward the port to localhost',
  NotAllowedError: 'the browser was not allowed to use the microphone: allow it for this page (in the address bar), then press record again; or upload a file',
  NotFoundError: 'there is no microphone on this computer: plug one in and press record again, or upload a file',
  NotReadableError: 'the microphone is in use by another program, or the system keeps it: close that program and press record again',
};
const CHUNK = .08;                                 // s of sound in a message, at least
const PATIENCE = 10_000;                           // ms that Python may be silent

const EAR = `registerProcessor('ear', class extends AudioWorkletProcessor {
  constructor({ processorOptions: { n } }) { super(); this.block = new Int16Array(n); this.filled = 0; }
  process([[samples]]) {
    for (const x of samples || []) {
      this.block[this.filled++] = Math.round(Math.min(1, Math.max(-1, x))*32767);
      if (this.filled < this.block.length) continue;
      this.port.postMessage(this.block);
      this.filled = 0;
    }
    return true;
  }
})`;

async function open() {
  if (!navigator.mediaDevices?.getUserMedia) throw Object.assign(new Error(), { name: 'insecure' });
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: true };
  return navigator.mediaDevices.getUserMedia({ audio: plain });
}

// ---- two ways to use a microphone; what they return is called when it is to end

function record(source, began, model) {
  const parts = [], recorder = new MediaRecorder(source.mediaStream);
  recorder.ondataavailable = e => parts.push(e.data);
  recorder.onstop = async () => {
    const seconds = (performance.now() - began)/1000;
    model.send({ act: 'recorded', type: recorder.mimeType, seconds }, {}, [await new Blob(parts).arrayBuffer()]);
  };
  recorder.start(500);
  return () => recorder.stop();
}

async function stream(source, _, model, stop) {    // stop(): what to call when Python wants an end, or says nothing any more
  const { context } = source, n = Math.round(CHUNK*context.sampleRate);
  const url = URL.createObjectURL(new Blob([EAR], { type: 'text/javascript' }));
  await context.audioWorklet.addModule(url);
  URL.revokeObjectURL(url);
  const mono = { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit', processorOptions: { n } };
  const ear = new AudioWorkletNode(context, 'ear', mono);
  let began = null, answered = 0, free = true, waiting = [];   // free: Python has answered the last message
  const send = () => {
    if (!free || !waiting.length) return;
    const all = new Int16Array(n*waiting.length);
    waiting.forEach((block, k) => all.set(block, k*n));
    free = false;
    waiting = [];
    model.send({ act: 'chunk', began }, {}, [all.buffer]);
  };
  ear.port.onmessage = ({ data }) => {
    if (began === null) {
      answered = performance.now();
      began = answered - 1000*n/context.sampleRate;
      model.send({ act: 'began', began, rate: context.sampleRate });
    }
    waiting.push(data);
    send();
    if (performance.now() - answered < PATIENCE) return;
    stop();
    model.send({ act: 'refused', why: 'Python did not answer for ten seconds, so the microphone was closed: perhaps a cell is running' });
  };
  const hear = ({ act, began: whose }) => {
    if (whose !== began) return;
    answered = performance.now();
    free = true;
    if (act === 'stop') stop(); else send();
  };
  model.on('msg:custom', hear);
  source.connect(ear);
  return () => {
    ear.port.onmessage = null;
    model.off('msg:custom', hear);
    if (began === null) return;
    free = true;
    send();
    model.send({ act: 'ended', began });
  };
}

// ---- what is seen

function render({ model, el }) {
  const meter = element('i'), clock = element('span', { textContent: '0.0 s' });
  const button = (text, title, use) => Object.assign(element('button', { type: 'button', textContent: text, title }), { text, use });
  const buttons = [button('● Record', 'record with this computer\'s microphone', record),
    button('● Live', 'the figure moves while you speak', stream)];
  const root = element('div', { className: 'sdt-small sdt-recorder' }, ...buttons, element('div', { className: 'sdt-meter' }, meter), clock);
  const gone = new AbortController();
  el.append(root);
  let pressed = null, end = null;                  // the button that is on; what ends it once the microphone is open
  const dress = () => paint(root, model.get('themes'));
  onSurroundings(dress, gone.signal);
  dress();

  const refuse = e => {
    const why = WHY[e.name] || `the browser cannot record (${e.message || e.name}): upload a file`;
    model.send({ act: 'refused', why });
  };
  function show() {
    for (const b of buttons) {
      b.textContent = b === pressed ? '■ Stop' : b.text;
      b.classList.toggle('sdt-on', b === pressed);
      b.disabled = Boolean(pressed) && b !== pressed;
    }
  }
  function watch(source, began) {                  // how loud it is
    const ear = source.context.createAnalyser(), block = new Float32Array(1024);
    source.connect(ear);
    const look = () => {
      if (source.context.state === 'closed') { meter.style.width = 0; return; }
      ear.getFloatTimeDomainData(block);
      meter.style.width = `${100*clamp(Math.max(...block.map(Math.abs)), 0, 1)**.5}%`;
      clock.textContent = `${((performance.now() - began)/1000).toFixed(1)} s`;
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }
  async function begin(use) {
    const media = await open(), context = new AudioContext(), source = context.createMediaStreamSource(media);
    context.resume();                              // as in live.js: the question for the microphone may have ended the click
    const began = performance.now();
    let finish = null;
    const stop = () => {                           // once
      if (!pressed || source.context.state === 'closed') return;
      if (finish) finish();
      media.getTracks().forEach(track => track.stop());
      context.close();
      pressed = end = null;
      show();
    };
    media.getAudioTracks().forEach(track => { track.onended = stop; });   // it was unplugged
    watch(source, began);
    try { finish = await use(source, began, model, stop); } catch (e) { stop(); throw e; }
    end = stop;
    if (gone.signal.aborted) stop();
  }
  function press(b) {
    if (pressed) { if (end) end(); return; }       // pressed again while it is being opened: nothing
    pressed = b;
    show();
    begin(b.use).catch(e => { pressed = end = null; show(); refuse(e); });
  }
  for (const b of buttons) b.onclick = () => press(b);
  return () => { gone.abort(); if (end) end(); };
}

export default { render };
