// A voice recorded in the browser. Runs after common.js.
//
// It sends {act: 'recorded', type, seconds} with the file's bytes, and {act: 'refused', why} where there is no microphone or no permission.

const WHY = {                                      // what the browser calls it -> what to do
  insecure: 'this page is neither https nor on localhost, and browsers give no microphone to such pages: upload a file, or forward the port to localhost',
  NotAllowedError: 'the browser was not allowed to use the microphone: allow it for this page (in the address bar), then press record again; or upload a file',
  NotFoundError: 'there is no microphone on this computer: plug one in and press record again, or upload a file',
  NotReadableError: 'the microphone is in use by another program, or the system keeps it: close that program and press record again',
};

function render({ model, el }) {
  const start = element('button', { type: 'button', textContent: '● Record', title: 'record with this computer\'s microphone' });
  const meter = element('i'), clock = element('span', { textContent: '0.0 s' });
  const root = element('div', { className: 'sdt-small sdt-recorder' }, start, element('div', { className: 'sdt-meter' }, meter), clock);
  const gone = new AbortController();
  el.append(root);
  let recorder = null, began = 0, context = null;
  const dress = () => paint(root, model.get('themes'));
  onSurroundings(dress, gone.signal);
  dress();

  const refuse = e => {
    const why = WHY[e.name] || `the browser cannot record (${e.message || e.name}): upload a file`;
    model.send({ act: 'refused', why });
  };
  function watch(stream) {                         // how loud it is
    context = new AudioContext();
    const ear = context.createAnalyser(), block = new Float32Array(1024);
    context.createMediaStreamSource(stream).connect(ear);
    const look = () => {
      if (!recorder) { meter.style.width = 0; return; }
      ear.getFloatTimeDomainData(block);
      meter.style.width = `${100*clamp(Math.max(...block.map(Math.abs)), 0, 1)**.5}%`;
      clock.textContent = `${((performance.now() - began)/1000).toFixed(1)} s`;
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }
  async function open() {
    if (!navigator.mediaDevices?.getUserMedia) throw Object.assign(new Error(), { name: 'insecure' });
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: true };
    return navigator.mediaDevices.getUserMedia({ audio: plain });
  }
  async function begin() {
    const stream = await open(), parts = [], made = new MediaRecorder(stream);
    made.ondataavailable = e => parts.push(e.data);
    made.onstop = async () => {
      const seconds = (performance.now() - began)/1000;
      stream.getTracks().forEach(track => track.stop());
      recorder = null;
      context.close();
      start.textContent = '● Record';
      start.classList.remove('sdt-on');
      model.send({ act: 'recorded', type: made.mimeType, seconds }, {}, [await new Blob(parts).arrayBuffer()]);
    };
    recorder = made;
    began = performance.now();
    watch(stream);
    made.start(500);
    start.textContent = '■ Stop';
    start.classList.add('sdt-on');
  }
  start.onclick = () => recorder ? recorder.stop() : begin().catch(refuse);
  return () => { if (recorder) recorder.stop(); gone.abort(); };
}

export default { render };
