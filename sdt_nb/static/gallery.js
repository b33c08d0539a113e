// The gallery: a map of a template bank beside the player. Runs after player.js, in one page with it.
//
//   map   {points: [[x, y], ...] of the bank, each 0..1, y up; made: [{template, at: [x, y], left, energy}, ...]}, one for each
//         panel of the content: `left` is the left hand's share of what the wrists move, `energy` how much that is, 1 at most

function mix(a, b, share) {                        // two '#rrggbb'
  const parts = [1, 3, 5].map(i => Math.round(parseInt(a.slice(i, i + 2), 16)*(1 - share) + parseInt(b.slice(i, i + 2), 16)*share));
  return `rgb(${parts.join()})`;
}

function gallery(main, { drawing, content, options, map }) {
  const size = point => 13 + 17*Math.sqrt(point.energy);                       // px
  const rest = element('canvas', { className: 'sdt-bank' }), field = element('div', { className: 'sdt-field' }, rest);
  const keep = element('button', { type: 'button', onclick: () => { kept = kept === current ? null : current; choose(current); } });
  const legend = element('p', { className: 'sdt-legend' },
    element('i', { className: 'sdt-right' }), 'right hand', element('i', { className: 'sdt-left' }), 'left hand, both in between; large: moves much; ',
    'grey: templates not prepared here');
  const room = element('div');
  let current = 0, kept = null;
  main.classList.add('sdt-gallery');
  main.append(
    element('section', { className: 'sdt-map' }, element('h1', { textContent: options.title }), element('p', { textContent: options.text }),
      field, legend, element('div', { className: 'sdt-keep' }, keep)),
    room);
  const player = mount(room, drawing, { page: true, theme: options.theme });
  const points = map.made.map((point, k) => {
    const made = element('button', { type: 'button', className: 'sdt-point', title: `template ${point.template}`, onclick: () => start(k) });
    made.setAttribute('aria-label', made.title);
    made.style.cssText = `left: ${100*point.at[0]}%; bottom: ${100*point.at[1]}%; width: ${size(point)}px; height: ${size(point)}px`;
    field.append(made);
    return made;
  });

  function paint() {                               // light or dark may change while the page is open
    const colors = drawing.themes[document.documentElement.dataset.theme], [g, w, h, ratio] = fit(rest);
    g.clearRect(0, 0, w, h);
    g.fillStyle = colors.faint;
    for (const [x, y] of map.points) { g.beginPath(); g.arc(x*w, (1 - y)*h, 2.5*ratio, 0, 7); g.fill(); }
    map.made.forEach((point, k) => { points[k].style.background = mix(colors.right, colors.left, point.left); });
    legend.querySelector('.sdt-right').style.background = colors.right;
    legend.querySelector('.sdt-left').style.background = colors.left;
  }
  function choose(k) {                             // beside the kept one, if there is another
    current = k;
    const shown = kept === null || kept === k ? [k] : [kept, k];
    player.setPanels(shown.map(i => content.panels[i]));
    points.forEach((point, i) => { point.classList.toggle('sdt-current', i === k); point.classList.toggle('sdt-kept', i === kept); });
    const name = i => `template ${map.made[i].template}`;
    keep.textContent = kept === null ? `keep ${name(k)} for comparison` : kept === k ? `do not keep ${name(k)}` : `keep ${name(k)} instead of ${name(kept)}`;
  }
  function start(k) {
    choose(k);
    if (player.state().playing) return;
    player.seek(0);
    player.play();
  }

  player.set({ ...content, panels: content.panels.slice(0, 1) });
  choose(0);
  new MutationObserver(paint).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  new ResizeObserver(paint).observe(field);
}
