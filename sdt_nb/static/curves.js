// The curves of a run, a panel each, and a clock that asks for news while somebody looks. Runs after common.js.
//
//   series  [{name, title, good, points: [[step, value], ...]}]     steps  of the whole training, 0: not known     every  seconds between questions, 0: none
// It sends {act: 'tick'}.

const round = x => Math.abs(x) >= 100 ? x.toFixed(0) : String(+x.toPrecision(3));

function render({ model, el }) {
  const gone = new AbortController(), { signal } = gone, room = element('div', { className: 'sdt-curves' });
  const root = element('div', { className: 'sdt-small' }, room);
  el.append(root);

  function drawPanel(canvas, points, last, colors) {
    const [g, w, h, ratio] = fit(canvas), values = points.map(p => p[1]), low = Math.min(...values), high = Math.max(...values);
    const pad = 4*ratio, x = step => pad + step/(last || 1)*(w - 2*pad), y = v => h - pad - (high > low ? (v - low)/(high - low) : .5)*(h - 2*pad);
    g.clearRect(0, 0, w, h);
    g.strokeStyle = colors.faint;
    g.lineWidth = ratio;
    g.beginPath(); g.moveTo(pad, h - pad); g.lineTo(w - pad, h - pad); g.stroke();
    g.strokeStyle = g.fillStyle = colors.left;
    g.lineWidth = 1.6*ratio;
    g.lineJoin = 'round';
    g.beginPath();
    points.forEach(([step, value], k) => k ? g.lineTo(x(step), y(value)) : g.moveTo(x(step), y(value)));
    g.stroke();
    for (const [step, value] of points.length < 20 ? points : points.slice(-1)) { g.beginPath(); g.arc(x(step), y(value), 2.2*ratio, 0, 7); g.fill(); }
  }
  function draw() {
    const colors = paint(root, model.get('themes')), series = model.get('series');
    const last = model.get('steps') || Math.max(1, ...series.flatMap(s => s.points.map(p => p[0])));
    while (room.children.length > series.length) room.lastChild.remove();
    while (room.children.length < series.length) {
      room.append(element('figure', {}, element('figcaption', {}, element('span'), element('b')), element('canvas'), element('div', { className: 'sdt-range' })));
    }
    series.forEach(({ name, title: words, good, points }, k) => {
      const figure = room.children[k], values = points.map(p => p[1]), [title, value] = figure.querySelectorAll('span, b');
      title.textContent = words;
      title.title = name;
      value.textContent = round(values.at(-1));
      figure.querySelector('.sdt-range').textContent = `${round(Math.min(...values))} to ${round(Math.max(...values))}` + (good && ` · ${good}`);
      drawPanel(figure.querySelector('canvas'), points, last, colors);
    });
  }

  const still = tickWhileSeen(model, root);
  const sizes = new ResizeObserver(draw);
  sizes.observe(room);
  model.on('change:series change:steps', draw);
  onSurroundings(draw, signal);
  draw();
  return () => { still(); sizes.disconnect(); gone.abort(); model.off(null, draw); };
}

export default { render };
