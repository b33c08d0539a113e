// A recording as one sees it: waveform, mel, what is missing, and marks on it. Runs after common.js.
//
//   content  {seconds, peaks: [0..100], mel: a PNG or nothing, lanes: [{label, spans: [[from, to, share], ...]}], hint}
//   marks    [[seconds, label], ...]; they can be dragged      now  seconds, where the player is
// It sends {act: 'point', time} for a click, {act: 'move', mark, time} and {act: 'drop', mark} for a double click on a mark.

const WAVE = 72, MEL = 90, LANE = 13, MARK = 22, LABEL = 78;   // px; the label's is a width

function render({ model, el }) {
  const gone = new AbortController(), { signal } = gone;
  const canvas = element('canvas', { className: 'sdt-track', tabIndex: 0, role: 'application', 'aria-label': 'recording: click for a moment' });
  const hint = element('div', { className: 'sdt-hint' });
  const root = element('div', { className: 'sdt-small' }, canvas, hint);
  el.append(root);
  root.dataset.lmSuppressShortcuts = 'true';
  let mel = null, grip = null, over = null;
  const content = () => model.get('content');
  const tall = () => (model.get('editable') ? MARK : 0) + WAVE + (mel ? MEL + 4 : 0) + (content().lanes || []).length*LANE + 16;
  const inset = () => (content().lanes || []).length || mel ? LABEL : 0;
  const across = w => w/devicePixelRatio - inset();
  const xOf = (time, w) => inset() + time/(content().seconds || 1)*across(w);
  const timeOf = e => {
    const box = canvas.getBoundingClientRect();
    return clamp((e.clientX - box.left - inset())/(box.width - inset()), 0, 1)*content().seconds;
  };

  function drawWave(g, w, top, colors) {
    const { peaks } = content(), step = across(w)/peaks.length, now = model.get('now');
    peaks.forEach((peak, k) => {
      const high = Math.max(1.5, peak/100*WAVE*.92), x = inset() + k*step;
      g.fillStyle = (k + .5)/peaks.length*content().seconds < now ? colors.left : colors.faint;
      g.fillRect(x, top + (WAVE - high)/2, Math.max(1, step*.72), high);
    });
  }
  function drawLanes(g, w, top, colors) {
    for (const lane of content().lanes || []) {
      g.fillStyle = colors.text;
      g.fillText(lane.label, 0, top + LANE/2);
      g.fillStyle = colors.faint;
      g.globalAlpha = .45;
      g.fillRect(inset(), top + 2, across(w), LANE - 4);
      g.globalAlpha = 1;
      g.fillStyle = colors.right;
      for (const [from, to, share] of lane.spans) {   // the more is missing, the stronger
        g.globalAlpha = .3 + .7*Math.min(1, 2*share);
        g.fillRect(xOf(from, w), top + 2, Math.max(1.5, xOf(to, w) - xOf(from, w)), LANE - 4);
      }
      g.globalAlpha = 1;
      top += LANE;
    }
    return top;
  }
  function drawTimes(g, w, top, colors) {
    const { seconds } = content(), step = [.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800].find(s => s/seconds*across(w) > 46) || 3600;
    g.fillStyle = colors.text;
    g.globalAlpha = .75;
    g.textAlign = 'center';
    for (let t = 0; t <= seconds + 1e-6; t += step) {
      const x = xOf(t, w), text = `${+t.toFixed(1)} s`;
      g.fillText(text, clamp(x, inset() + g.measureText(text).width/2, w/devicePixelRatio - g.measureText(text).width/2), top + 8);
    }
    g.textAlign = 'left';
    g.globalAlpha = 1;
  }
  function flag(g, w, [time, label], colors, bold) {
    const x = xOf(time, w), wide = g.measureText(label).width + 12, left = Math.min(x, w/devicePixelRatio - wide);
    g.fillStyle = bold ? colors.text : colors.left;
    g.fillRect(x - .75, 0, 1.5, MARK + WAVE);
    g.beginPath(); g.roundRect(left, 1, wide, MARK - 5, 4); g.fill();
    g.fillStyle = colors.back;
    g.fillText(label, left + 6, MARK/2 - 1);
  }
  function draw() {
    const colors = paint(root, model.get('themes'));
    canvas.style.height = `${tall()}px`;
    hint.textContent = content().hint || '';
    hint.hidden = !content().hint;
    const [g, w, h, ratio] = fit(canvas);
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, w, h);
    if (!content().peaks || !w) return;
    g.font = '11px system-ui, sans-serif';
    g.textBaseline = 'middle';
    let top = model.get('editable') ? MARK : 0;
    drawWave(g, w, top, colors);
    const wave = top;
    top += WAVE;
    if (mel) {
      g.fillStyle = colors.text;
      g.fillText('mel', 0, top + MEL/2);
      g.fillText('sound', 0, wave + WAVE/2);
      g.imageSmoothingEnabled = true;
      g.drawImage(mel, inset(), top, across(w), MEL);
      top += MEL + 4;
    }
    top = drawLanes(g, w, top, colors);
    drawTimes(g, w, top, colors);
    g.fillStyle = colors.text;
    g.fillRect(xOf(model.get('now'), w) - .75, wave, 1.5, top - wave);
    if (!model.get('editable')) return;
    const marks = model.get('marks'), held = grip && grip.mark >= 0 ? grip.mark : -1;
    marks.forEach((mark, k) => flag(g, w, k === held ? [grip.time, mark[1]] : mark, colors, k === held));
    if (over !== null && held < 0) {
      g.globalAlpha = .4;
      g.fillStyle = colors.text;
      g.fillRect(xOf(over, w) - .5, MARK, 1, WAVE);
      g.globalAlpha = 1;
    }
  }
  function markAt(e) {                             // the flag under the pointer; the last one drawn lies on top
    const box = canvas.getBoundingClientRect(), [x, y] = [e.clientX - box.left, e.clientY - box.top], g = canvas.getContext('2d');
    return !model.get('editable') ? -1 : model.get('marks').findLastIndex(([time, label]) => {
      const wide = g.measureText(label).width + 12, left = Math.min(xOf(time, canvas.width), box.width - wide);
      return y < MARK ? x >= left - 2 && x <= left + wide + 2 : Math.abs(x - xOf(time, canvas.width)) < 4;
    });
  }
  canvas.addEventListener('pointerdown', e => {
    canvas.setPointerCapture(e.pointerId);
    grip = { x: e.clientX, mark: markAt(e), time: timeOf(e), moved: false };
  });
  canvas.addEventListener('pointermove', e => {
    over = timeOf(e);
    canvas.style.cursor = markAt(e) >= 0 || (grip && grip.mark >= 0) ? 'ew-resize' : 'crosshair';
    if (grip) {
      grip.moved ||= Math.abs(e.clientX - grip.x) > 4;
      grip.time = timeOf(e);
    }
    if (model.get('editable')) draw();
  });
  canvas.addEventListener('pointerup', e => {
    const held = grip;
    grip = null;
    if (held && held.mark >= 0) {
      if (held.moved) model.send({ act: 'move', mark: held.mark, time: Math.round(held.time*100)/100 });
    } else if (held) model.send({ act: 'point', time: Math.round(timeOf(e)*100)/100 });
    draw();
  });
  canvas.addEventListener('pointercancel', () => { grip = null; draw(); });
  canvas.addEventListener('pointerleave', () => { over = null; draw(); });
  canvas.addEventListener('dblclick', e => { const mark = markAt(e); if (mark >= 0) model.send({ act: 'drop', mark }); });

  async function load() {
    const png = content().mel, wanted = content();
    const picture = png && bytes(png).length ? await createImageBitmap(new Blob([bytes(png)], { type: 'image/png' })) : null;
    if (wanted === content()) { mel = picture; draw(); }
  }
  model.on('change:content', load);
  model.on('change:marks change:now change:editable', draw);
  onSurroundings(draw, signal);
  const sizes = new ResizeObserver(draw);
  sizes.observe(canvas);
  load();
  return () => { sizes.disconnect(); gone.abort(); model.off(null, load); model.off(null, draw); };
}

export default { render };
