const bytes = s => Uint8Array.from(atob(s), c => c.charCodeAt(0));
const panels = D.panels.map(p => ({label: p.label, unit: p.unit, on: true, data: new Int16Array(bytes(p.data).buffer)}));
const $ = id => document.getElementById(id), stage = $('stage'), scrub = $('scrub');
let theme = D.theme;

function fit(canvas) {                       // backing pixels of a canvas follow its size on the screen
  const r = devicePixelRatio || 1, w = Math.round(canvas.clientWidth*r), h = Math.round(canvas.clientHeight*r);
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
  return [canvas.getContext('2d'), w, h];
}
function drawPose(g, panel, frame, ox, oy, zoom, C) {
  const at = i => i === 121 ? [ox, oy] : [ox + panel.data[frame*242 + i]*panel.unit*zoom, oy + panel.data[frame*242 + 121 + i]*panel.unit*zoom];
  g.lineCap = g.lineJoin = 'round';
  for (const [points, color, width] of D.strokes) {
    g.beginPath(); points.forEach((i, k) => k ? g.lineTo(...at(i)) : g.moveTo(...at(i)));
    if (width) { g.strokeStyle = C[color]; g.lineWidth = Math.max(1, width*zoom); g.stroke(); } else { g.fillStyle = C[color]; g.fill(); }
  }
  for (const [points, color, radius] of D.dots) for (const i of points) {
    g.beginPath(); g.arc(...at(i), Math.max(.5, radius*zoom), 0, 7); g.fillStyle = C[color]; g.fill();
  }
}
function draw() {
  const [g, w, h] = fit(stage), C = D.themes[theme], shown = panels.filter(p => p.on), n = Math.max(1, shown.length);
  g.fillStyle = C.back; g.fillRect(0, 0, w, h);
  shown.forEach((p, k) => {
    drawPose(g, p, frame(), (k + .5)*w/n, h*.36, D.scale*Math.min(w/n/640, h/720), C);
    if (k) { g.fillStyle = C.faint; g.fillRect(k*w/n, h*.06, 1, h*.88); }
    g.fillStyle = C.text; g.textBaseline = 'top'; g.font = `${Math.max(12, h/32)}px system-ui, sans-serif`; g.fillText(p.label, k*w/n + .03*h, .03*h);
  });
  const [s, sw, sh] = fit(scrub), x = now()/D.seconds*sw, step = sw/D.peaks.length;
  s.clearRect(0, 0, sw, sh);
  D.peaks.forEach((p, k) => { s.fillStyle = k*step < x ? C.left : C.faint; const y = Math.max(2, p/100*sh*.9); s.fillRect(k*step, (sh - y)/2, Math.max(1, step*.7), y); });
  s.fillStyle = C.text; s.fillRect(Math.min(x, sw - 2), 0, 2, sh);
  $('clock').textContent = `${now().toFixed(2)} / ${D.seconds.toFixed(2)} s · frame ${frame() + 1} of ${D.frames}`;
}

const audio = D.audio ? new Audio(URL.createObjectURL(new Blob([bytes(D.audio)], {type: 'audio/wav'}))) : null;
let playing = false, loop = true, speed = 1, still = 0, since = 0;     // without sound, `still` + time since `since` is the clock
const now = () => Math.min(D.seconds, Math.max(0, !playing ? still : audio ? audio.currentTime : still + (performance.now() - since)/1000*speed));
const frame = () => Math.min(D.frames - 1, Math.floor(now()*D.fps + 1e-6));
function seek(t) { still = Math.min(D.seconds, Math.max(0, t)); since = performance.now(); if (audio) audio.currentTime = still; draw(); }
function play(on) {
  if (on && now() >= D.seconds - 1e-3) seek(0);
  still = now(); playing = on; since = performance.now();
  if (audio && on) { audio.playbackRate = speed; audio.play().catch(e => { if (e.name === 'NotAllowedError') play(false); }); }   // a browser may want a click first
  if (audio && !on) audio.pause();
  $('play').textContent = on ? 'Pause' : 'Play'; if (on) requestAnimationFrame(tick); else draw();
}
function tick() {
  if (!playing) return;
  if (now() < D.seconds - 1e-3 && !(audio && audio.ended)) { draw(); return requestAnimationFrame(tick); }
  play(false); seek(loop ? 0 : D.seconds); if (loop) play(true);
}
function jump(frames) { play(false); seek((Math.min(D.frames - 1, Math.max(0, frame() + frames)) + .5)/D.fps); }   // the middle of a frame, so that rounding cannot miss it
function toggle(button, set) { const on = button.getAttribute('aria-pressed') !== 'true'; button.setAttribute('aria-pressed', on); set(on); draw(); }

$('play').onclick = () => play(!playing);
$('back').onclick = () => jump(-1); $('next').onclick = () => jump(1);
$('loop').onclick = e => toggle(e.target, on => loop = on);
$('theme').onclick = () => { theme = theme === 'dark' ? 'light' : 'dark'; document.documentElement.dataset.theme = theme; draw(); };
$('speed').onchange = e => { still = now(); since = performance.now(); speed = +e.target.value; if (audio) audio.playbackRate = speed; };
if (panels.length > 1) panels.forEach(p => {
  const b = document.createElement('button'); b.textContent = p.label; b.setAttribute('aria-pressed', true);
  b.onclick = () => toggle(b, on => p.on = on); $('panels').append(b);
});
const grab = e => seek((e.clientX - scrub.getBoundingClientRect().left)/scrub.clientWidth*D.seconds);
scrub.onpointerdown = e => { scrub.setPointerCapture(e.pointerId); grab(e); };
scrub.onpointermove = e => { if (e.buttons) grab(e); };
addEventListener('keydown', e => {
  if (e.target.tagName === 'SELECT') return;
  const act = {' ': () => play(!playing), ArrowLeft: () => jump(e.shiftKey ? -Math.round(D.fps) : -1), ArrowRight: () => jump(e.shiftKey ? Math.round(D.fps) : 1), Home: () => seek(0), End: () => jump(D.frames)}[e.key];
  if (act) { e.preventDefault(); act(); }
});
addEventListener('resize', draw); document.documentElement.dataset.theme = theme; draw();
