// The player: figures that move with their sound. The page made by html_player and the widget PlayerWidget both run this file, after
// common.js and figure.js.
//
//   drawing   {themes, strokes, dots, scale, person, frames, caption, figure}: what sdt_nb.show.rendering draws by; a stroke is
//             [points, colour, width, part], a dot likewise; person: see figure.js, with {shirts, backs}; frames: the neck's
//             height in a panel and the size of a person and a skeleton; figure: which of them is seen first
//   content   {fps, frames, seconds, peaks, panels: [{label, unit, data, person}], sound}; data: int16, (frames, 2, 121), in units of
//             `unit` px; person: {measures, flags, mended: frames that differ for it, data: of these}, or nothing; sound: a WAV file, or nothing. Data, flags and sound
//             are base64 text in a page and bytes in a widget
//   options   {title, theme: 'auto' | 'light' | 'dark', page: true where the player has the whole window}

const NECK = 121, ROW = 121;                       // the point at 0, 0; x's of a frame, then as many y's
const GHOSTS = 6;                                  // frames that the onion skin looks back
const SPEEDS = [[.25, '¼×'], [.5, '½×'], [1, '1×'], [1.5, '1½×'], [2, '2×']];

const int16 = x => new Int16Array(bytes(x).slice().buffer);

// ---- drawing

function arrange(n, w, h) {                        // n panels in the rows and columns in which they are largest, as films do it
  let best = null;
  for (let rows = 1; rows <= n; rows++) {
    const columns = Math.ceil(n/rows), zoom = Math.min(w/columns/640, h/rows/720);
    if (!best || zoom > best.zoom*1.001) best = { columns, rows, zoom };
  }
  return best;
}

function drawPose(g, drawing, panel, frame, [x, y], zoom, view, colors, ghost = 0) {
  const side = view.mirrored ? -1 : 1, first = frame*2*ROW;
  const px = panel.unit*zoom;
  const at = i => i === NECK ? [x, y] : [x + side*panel.data[first + i]*px, y + panel.data[first + ROW + i]*px];
  g.lineCap = g.lineJoin = 'round';
  g.globalAlpha = ghost || 1;
  for (const [points, color, width, part] of drawing.strokes) {
    if (!view.parts[part] || (ghost && !(width && /right|left/.test(color)))) continue;   // of the past only arms and fingers
    g.beginPath();
    points.forEach((i, k) => k ? g.lineTo(...at(i)) : g.moveTo(...at(i)));
    g.strokeStyle = g.fillStyle = colors[color];
    g.lineWidth = Math.max(1, width*zoom*(ghost ? .6 : 1));
    if (width) g.stroke(); else g.fill();
  }
  for (const [points, color, radius, part] of ghost ? [] : drawing.dots) {
    if (!view.parts[part]) continue;
    g.fillStyle = colors[color];
    for (const i of points) { g.beginPath(); g.arc(...at(i), Math.max(.5, radius*zoom), 0, 7); g.fill(); }
  }
  g.globalAlpha = 1;
}

function drawStage(canvas, drawing, panels, frame, view, colors) {
  const [g, w, h, ratio] = fit(canvas), isPerson = view.figure === 'person', { person } = drawing;
  g.fillStyle = isPerson ? person.backs[colors === drawing.themes.dark ? 'dark' : 'light'] : colors.back;
  g.fillRect(0, 0, w, h);
  if (!panels.length || !w || !h) return;
  const { columns, rows } = arrange(panels.length, w, h), pw = w/columns, ph = h/rows, size = Math.max(12*ratio, ph/32);
  const strip = isPerson && panels.some(panel => panel.label) ? Math.round(Math.max(drawing.caption*ph, 1.6*size)) : 0;   // a name below
  const [neckAt, larger] = drawing.frames[view.figure], scale = drawing.scale*larger*Math.min(pw/640, (ph - strip)/720);
  g.font = `${size}px system-ui, sans-serif`;
  panels.forEach((panel, k) => {
    const left = k % columns*pw, top = Math.floor(k/columns)*ph, neck = [left + pw/2, top + (ph - strip)*neckAt];
    g.save();
    g.beginPath(); g.rect(left, top, pw, ph - strip); g.clip();
    if (isPerson) drawPerson(g, person, dressed(panel, person), frame, neck, scale, view.mirrored ? -1 : 1, view.parts);
    for (let back = view.onion ? Math.min(GHOSTS, frame) : 0; back > 0; back--) {
      drawPose(g, drawing, panel, frame - back, neck, scale, view, colors, .5*(1 - back/(GHOSTS + 1)));
    }
    if (!isPerson) drawPose(g, drawing, panel, frame, neck, scale, view, colors);
    g.restore();
    g.fillStyle = colors.faint;
    if (left) g.fillRect(left, top + ph*.06, ratio, ph*.88);
    g.fillStyle = colors.text;
    g.textAlign = strip ? 'center' : 'left';
    g.textBaseline = strip ? 'middle' : 'top';
    const at = strip ? [left + pw/2, top + ph - strip/2] : [left + .8*size, top + .8*size];
    g.fillText(panel.label, ...at, pw - 1.6*size);
  });
}

function dressed(panel, { shirts, form }) {        // a panel as figure.js wants it
  const { person } = panel, measures = person?.measures ?? (panel.measures ??= measured(panel, form));
  const colors = shirts[(panel.shirt ?? 0) % shirts.length];
  return { colors, measures, flags: person?.flags, unit: panel.unit, data: person?.whole ?? panel.data };
}

function drawScrub(canvas, content, now, colors) {
  const [g, w, h, ratio] = fit(canvas), x = now/content.seconds*w, step = w/content.peaks.length;
  g.clearRect(0, 0, w, h);
  content.peaks.forEach((peak, k) => {
    const tall = Math.max(2*ratio, peak/100*h*.9);
    g.fillStyle = k*step < x ? colors.left : colors.faint;
    g.fillRect(k*step, (h - tall)/2, Math.max(1, step*.7), tall);
  });
  g.fillStyle = colors.text;
  g.fillRect(Math.min(x, w - 2*ratio), 0, 2*ratio, h);
}

// ---- the clock: the position of the sound; without sound, time that passes while playing

function makeClock() {
  let seconds = 0, still = 0, since = 0, playing = false, speed = 1, audio = null, url = '';
  const passed = () => still + (performance.now() - since)/1000*speed;
  const clock = {
    get playing() { return playing; },
    get ended() { return clock.now() >= seconds - 1e-3 || Boolean(playing && audio && audio.ended); },
    now: () => clamp(!playing ? still : audio ? audio.currentTime : passed(), 0, seconds),
    load(sound, length) {
      clock.unload();
      seconds = length;
      if (!sound || !bytes(sound).length) return;
      url = URL.createObjectURL(new Blob([bytes(sound)], { type: 'audio/wav' }));
      audio = new Audio(url);
      audio.preload = 'auto';
    },
    unload() {
      clock.pause();
      still = 0;
      if (audio) { audio.removeAttribute('src'); audio.load(); URL.revokeObjectURL(url); audio = null; }
    },
    seek(t) {
      still = clamp(t, 0, seconds);
      since = performance.now();
      if (audio) audio.currentTime = still;
    },
    play(refused) {                                // a browser may want a click first: then `refused` is called
      if (clock.ended) clock.seek(0);
      playing = true;
      since = performance.now();
      if (!audio) return;
      audio.playbackRate = speed;
      audio.play().catch(e => { if (e.name === 'NotAllowedError') refused(); });
    },
    pause() {
      still = clock.now();
      playing = false;
      if (audio) audio.pause();
    },
    pace(times) {
      still = clock.now();
      since = performance.now();
      speed = times;
      if (audio) audio.playbackRate = speed;
    },
  };
  return clock;
}

// ---- live: poses that come while somebody speaks

const BUFFER = 60;                                 // ms that a part may come later than those before it
const LATEST = 12;                                 // parts whose lateness is remembered

function makeLive({ began, fps, label }) {         // frame k goes with the sound that was captured k/fps s after `began`
  const panel = { label, unit: 1, data: new Float32Array(0) }, size = 2*ROW;
  let first = 0, lateness = [], delay = 0;         // of the panel's first frame; ms; ms from a sound to its pose
  const due = k => began + 1000*k/fps + delay;
  const count = () => panel.data.length/size;
  const newest = now => clamp(Math.floor((now - began - delay)/1000*fps), first, first + count() - 1);
  return {
    panel, began, due,
    get empty() { return !count(); },
    frame: () => newest(performance.now()),
    at: k => k - first,                            // where it lies in the panel
    since: k => performance.now() - began - 1000*k/fps,
    take(k, poses, start = began) {                // delay: what the latest of the last parts needed; soon more, slowly less
      const by = start - began;                    // the clock of the sound is another one: what is shown when does not change
      began = start;
      delay -= by;
      lateness = lateness.map(late => late - by);
      const now = performance.now(), shown = count() ? newest(now) : k;
      lateness = [...lateness, now - began - 1000*k/fps].slice(-LATEST);
      const needed = Math.max(...lateness) + BUFFER;
      delay = needed > delay ? needed : delay - .1*(delay - needed);
      const joined = k === first + count(), skip = joined ? Math.max(0, shown - GHOSTS - first) : count();
      const kept = panel.data.subarray(skip*size), all = new Float32Array(kept.length + poses.length);
      all.set(kept);
      all.set(poses, kept.length);
      panel.data = all;
      first = joined ? first + skip : k;
    },
  };
}

// ---- the player

const REMEMBERED = 'sdt-figure';                   // what the reader chose, a person or a skeleton
function remembered() {
  try { return localStorage.getItem(REMEMBERED); } catch { return null; }
}
function remember(figure) {
  try { localStorage.setItem(REMEMBERED, figure); } catch { /* a page that may keep nothing */ }
}

export function mount(root, drawing, options = {}, told = () => {}) {
  const gone = new AbortController(), { signal } = gone, clock = makeClock();
  const view = { mirrored: false, onion: false, parts: { body: true, face: true, hands: true }, figure: remembered() ?? drawing.figure };
  let content = null, panels = [], theme = options.theme || 'auto', loop = true, drawn = '', live = null;

  const stage = element('canvas', { className: 'sdt-stage', role: 'img', 'aria-label': 'figures: tap to play or pause, drag to move in time' });
  const scrub = element('canvas', { className: 'sdt-scrub', role: 'slider', tabIndex: 0, 'aria-label': 'position', 'aria-valuemin': 0 });
  const seconds = element('span'), frames = element('span', { className: 'sdt-frames' });
  const names = element('span', { className: 'sdt-names' });
  const button = (textContent, title, onclick, className = '') => element('button', { type: 'button', textContent, title, onclick, className });
  const toggle = (text, title, on, set) => {
    const made = button(text, title, () => { on = !on; made.setAttribute('aria-pressed', on); set(on); draw(); });
    made.setAttribute('aria-pressed', on);
    return made;
  };
  const start = button('Play', 'play or pause (space)', () => clock.playing ? pause() : play(), 'sdt-start');
  const mirror = toggle('mirror', 'as in a mirror (m)', false, on => { view.mirrored = on; });
  const onion = toggle('trail', 'where arms and hands were in the last frames (o)', false, on => { view.onion = on; });
  const human = toggle('person', 'a person or a skeleton (p)', view.figure === 'person', on => {
    view.figure = on ? 'person' : 'skeleton';
    remember(view.figure);
  });
  const again = toggle('loop', 'begin again at the end (l)', true, on => { loop = on; });
  const parts = Object.keys(view.parts).map(part => toggle(part, `show the ${part}`, true, on => { view.parts[part] = on; }));
  const lamp = button('◐', 'light or dark', () => { theme = shade() === 'dark' ? 'light' : 'dark'; draw(); }, 'sdt-lamp');
  lamp.setAttribute('aria-label', 'light or dark');
  const pace = element('select', { title: 'speed', 'aria-label': 'speed', onchange: () => clock.pace(+pace.value) },
    ...SPEEDS.map(([value, text]) => element('option', { value, textContent: text, selected: value === 1 })));
  const steps = [['‹', 'one frame back (←; with shift a second)', -1], ['›', 'one frame on (→; with shift a second)', 1]];
  const [back, next] = steps.map(([text, title, by]) => button(text, title, () => jump(by)));
  root.replaceChildren(
    element('header', {}, element('h1', { textContent: options.title || '' }), names),
    stage, scrub,
    element('div', { className: 'sdt-controls' }, start, back, next, element('span', { className: 'sdt-clock' }, seconds, frames), pace),
    element('div', { className: 'sdt-view' }, again, human, ...parts, mirror, onion, lamp));
  root.classList.add('sdt-player');
  root.tabIndex = 0;
  root.dataset.lmSuppressShortcuts = 'true';        // JupyterLab leaves the keys to us while the player has the focus

  const shade = () => theme === 'auto' ? surroundings() : theme;
  const frame = () => clamp(Math.floor(clock.now()*content.fps + 1e-6), 0, content.frames - 1);
  const shown = () => panels.filter(panel => panel.on);
  const state = () => live ? { frame: live.frame(), playing: true, delay: live.since(live.frame()) }
    : { time: clock.now(), frame: content ? frame() : 0, playing: clock.playing };

  const dress = () => paint(root, drawing.themes, shade(), options.page ? document.documentElement : root);
  function draw(changed = true) {                  // changed: something else than the time
    const colors = dress();
    if (live) { drawLive(colors, changed); return; }
    if (!content) return;
    const now = clock.now(), at = frame();
    if (changed || drawn !== at) drawStage(stage, drawing, shown(), at, view, colors);
    drawn = at;
    drawScrub(scrub, content, now, colors);
    scrub.setAttribute('aria-valuemax', content.seconds.toFixed(2));
    scrub.setAttribute('aria-valuenow', now.toFixed(2));
    seconds.textContent = `${now.toFixed(2)} / ${content.seconds.toFixed(2)} s`;
    frames.textContent = ` · frame ${at + 1} of ${content.frames}`;
  }
  function drawLive(colors, changed) {             // what is due, newest first; before the first pose what was there stays
    if (live.empty) return;
    const at = live.frame();
    if (!changed && drawn === at) return;
    drawStage(stage, drawing, [live.panel], live.at(at), view, colors);
    if (drawn !== at) told(state());
    drawn = at;
    seconds.textContent = 'live';
    frames.textContent = ` · frame ${at + 1}, ${(live.since(at)/1000).toFixed(1)} s behind`;
  }
  function follow(wanted) {                        // {began, fps, label}: a voice is followed from now on; {}: not any more
    if (live && live.began === wanted.began) { live.panel.label = wanted.label; return; }
    pause();
    if (wanted.began) window.dispatchEvent(new CustomEvent('sdt-play', { detail: root }));
    live = wanted.began ? makeLive(wanted) : null;
    if (live && panels.length) live.panel.measures = dressed(panels[0], drawing.person).measures;   // no head grows when one speaks
    for (const control of [start, back, next, pace, again]) control.disabled = Boolean(live);
    root.classList.toggle('sdt-live', Boolean(live));
    drawn = '';
    draw();
    const tickLive = mine => {
      if (live !== mine || signal.aborted) return;
      draw(false);
      requestAnimationFrame(() => tickLive(mine));
    };
    if (live) tickLive(live);
  }
  function take(first, poses, began) {             // began: when the sound did, by what is known of its clock now
    if (live) live.take(first, poses, began);
  }
  function tick() {
    if (!clock.playing || signal.aborted) return;
    if (clock.ended) {
      pause();
      seek(loop ? 0 : content.seconds);
      if (loop) play();
      return;
    }
    draw(false);
    told(state());
    requestAnimationFrame(tick);
  }
  function play() {
    if (!content || clock.playing || live) return;
    window.dispatchEvent(new CustomEvent('sdt-play', { detail: root }));
    clock.play(pause);
    start.textContent = 'Pause';
    requestAnimationFrame(tick);
  }
  function pause() {
    clock.pause();
    start.textContent = 'Play';
    draw();
    if (content) told(state());
  }
  function seek(t) {
    if (!content || live) return;
    clock.seek(t);
    draw();
    told(state());
  }
  function jump(by) {                              // to the middle of a frame, so that rounding cannot miss it
    if (!content || live) return;
    pause();
    seek((clamp(frame() + by, 0, content.frames - 1) + .5)/content.fps);
  }

  function name() {                                // a button for each panel where there are several
    const one = panel => toggle(panel.label, `show ${panel.label}`, panel.on, on => { panel.on = on; });
    names.replaceChildren(...panels.length > 1 ? panels.map(one) : []);
  }
  function setPanels(list) {                       // other figures, the same sound
    panels = list.map((panel, shirt) => {
      const { person } = panel, data = int16(panel.data), plain = { ...panel, data, shirt, on: true };
      if (!person) return plain;                   // made in this page: nothing was lost
      const whole = data.slice(), part = int16(person.data);
      person.mended.forEach((frame, k) => whole.set(part.subarray(k*2*ROW, (k + 1)*2*ROW), frame*2*ROW));
      return { ...plain, person: { ...person, whole, flags: bytes(person.flags).slice() } };
    });
    name();
    draw();
  }
  function set(wanted) {                           // the same recording goes on where it was, another begins at its beginning
    const same = content && content.seconds === wanted.seconds && String(content.peaks) === String(wanted.peaks);
    content = wanted;
    if (!same) { pause(); clock.load(wanted.sound, wanted.seconds); }
    setPanels(wanted.panels);
    told(state());
  }

  const drag = (canvas, moved) => {
    canvas.addEventListener('pointerdown', e => { canvas.setPointerCapture(e.pointerId); moved(e, 'down'); });
    canvas.addEventListener('pointermove', e => { if (e.buttons) moved(e, 'move'); });
    canvas.addEventListener('pointerup', e => moved(e, 'up'));
    canvas.addEventListener('pointercancel', e => moved(e, 'gone'));
  };
  drag(scrub, (e, what) => {
    if (content && (what === 'down' || what === 'move')) seek((e.clientX - scrub.getBoundingClientRect().left)/scrub.clientWidth*content.seconds);
  });
  let grip = null;                                 // on the stage: a tap plays, a drag moves slowly through time, 4 s across
  drag(stage, (e, what) => {
    if (!content || live) return;
    if (what === 'down') grip = { x: e.clientX, time: clock.now(), moved: false };
    if (!grip) return;                             // a button that was pressed elsewhere and let go, or held, over the stage
    const by = e.clientX - grip.x;
    grip.moved ||= Math.abs(by) > 8;
    if (what === 'move' && grip.moved) {
      if (clock.playing) pause();
      seek(grip.time + by/stage.clientWidth*Math.min(4, content.seconds));
    }
    if (what === 'up' && !grip.moved) start.click();
    if (what === 'up' || what === 'gone') grip = null;
  });

  const step = e => e.shiftKey ? Math.round(content.fps) : 1;
  const keys = {
    ' ': () => start.click(), ArrowLeft: e => jump(-step(e)), ArrowRight: e => jump(step(e)), Home: () => seek(0), End: () => jump(content.frames),
    m: () => mirror.click(), o: () => onion.click(), l: () => again.click(), p: () => human.click(),
  };
  function key(e) {                                // 1, 2, ...: the panels; a control in focus keeps the keys that are its own
    const { tagName } = e.target, types = ['SELECT', 'INPUT', 'TEXTAREA'].includes(tagName);
    if (types || (tagName === 'BUTTON' && ' Enter'.includes(e.key)) || e.ctrlKey || e.metaKey || e.altKey) return;
    const panel = names.children[+e.key - 1], act = keys[e.key] || (panel && (() => panel.click()));
    if (!act) return;
    e.preventDefault();
    e.stopPropagation();
    act(e);
  }
  (options.page ? window : root).addEventListener('keydown', key, { signal });
  root.addEventListener('click', e => {            // after a mouse, space plays, whatever was clicked on
    if (e.detail && e.target.tagName !== 'SELECT') root.focus({ preventScroll: true });
  });
  window.addEventListener('sdt-play', e => {       // one sound at a time
    if (e.detail !== root && clock.playing) pause();
  }, { signal });
  onSurroundings(() => draw(), signal);
  const sizes = new ResizeObserver(() => draw());
  sizes.observe(stage);

  function destroy() {
    clock.unload();
    sizes.disconnect();
    gone.abort();
    root.replaceChildren();
  }
  dress();
  return { set, setPanels, play, pause, seek, follow, take, state, destroy };
}

// ---- in a notebook: the widget

function render({ model, el }) {
  let sent = 0;
  const report = state => {                        // to Python: at once when it stands, ten times a second while it moves, live twice
    if (state.playing && performance.now() - sent < ('delay' in state ? 500 : 100)) return;
    sent = performance.now();
    for (const [name, value] of Object.entries(state)) model.set(name, value);
    model.save_changes();
  };
  const root = element('div');
  el.append(root);
  const player = mount(root, model.get('drawing'), model.get('options'), report);
  const load = () => { if (model.get('content').frames) player.set(model.get('content')); };   // it may be empty at first
  const orders = {
    play: () => player.play(), pause: () => player.pause(), seek: ({ time }) => player.seek(time),
    take: ({ first }, [poses]) => player.take(first, new Float32Array(bytes(poses).slice().buffer)),
  };
  const obey = (order, buffers) => orders[order.act](order, buffers);
  const follow = () => player.follow(model.get('live'));
  model.on('change:content', load);
  model.on('change:live', follow);
  model.on('msg:custom', obey);
  load();
  follow();
  return () => {
    model.off('change:content', load);
    model.off('change:live', follow);
    model.off('msg:custom', obey);
    player.destroy();
  };
}

export default { render };
