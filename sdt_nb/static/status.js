// What was just done: a sentence, how far it is, and the line of Python that does it. Runs after common.js.
//
//   text, kind: 'well' | 'busy' | 'error'     share  0..1 of what is being done, -1: not known     code  a line; script  with all it needs

async function copy(text) {
  if (navigator.clipboard) { await navigator.clipboard.writeText(text); return; }
  const area = element('textarea', { value: text });   // a page that is not secure has no clipboard
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

function render({ model, el }) {
  const gone = new AbortController(), told = element('div', { className: 'sdt-told', role: 'status' }), bar = element('i');
  const code = element('code'), progress = element('div', { className: 'sdt-progress' }, bar);
  const button = (textContent, title, what) => {
    const made = element('button', { type: 'button', textContent, title });
    made.onclick = async () => {
      const done = await copy(model.get(what)).then(() => true, () => false);
      made.textContent = done ? 'copied' : 'not allowed: select the text';
      setTimeout(() => { made.textContent = textContent; }, 1200);
    };
    return made;
  };
  const line = element('div', { className: 'sdt-code' }, code,
    button('copy line', 'this line of Python', 'code'), button('copy all', 'with the lines it needs: a program that runs', 'script'));
  const root = element('div', { className: 'sdt-small sdt-status' }, told, progress, line);
  el.append(root);

  function draw() {
    paint(root, model.get('themes'));
    root.dataset.kind = model.get('kind');
    told.textContent = model.get('text');
    code.textContent = model.get('code') || '# what a click does stands here, as a line of Python';
    line.classList.toggle('sdt-empty', !model.get('code'));
    progress.classList.toggle('sdt-unknown', model.get('share') < 0);
    bar.style.width = `${100*Math.max(0, model.get('share'))}%`;
  }
  const still = tickWhileSeen(model, root);
  model.on('change', draw);
  onSurroundings(draw, gone.signal);
  draw();
  return () => { still(); gone.abort(); model.off(null, draw); };
}

export default { render };
