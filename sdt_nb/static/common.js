// What the player and the small widgets share: this file is put before each of them.
//
//   bytes  a DataView in a widget, base64 text in a page

const decode = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
const bytes = x => typeof x === 'string' ? decode(x) : new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
const clamp = (x, low, high) => Math.min(high, Math.max(low, x));

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value; else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// ---- light or dark: what the reader chose in JupyterLab or VS Code, around us or around our frame, else in the system

function surroundings() {
  for (const w of [window, window.parent]) {
    try {
      const { jpThemeLight, vscodeThemeKind } = w.document.body.dataset;
      if (jpThemeLight) return jpThemeLight === 'false' ? 'dark' : 'light';
      if (vscodeThemeKind) return /light/.test(vscodeThemeKind) ? 'light' : 'dark';
    } catch { /* a frame of another origin: not to be asked */ }
  }
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

function onSurroundings(change, signal) {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', change, { signal });
  const observer = new MutationObserver(change), attributeFilter = ['data-jp-theme-light', 'data-vscode-theme-kind'];
  for (const w of [window, window.parent]) {
    try { observer.observe(w.document.body, { attributes: true, attributeFilter }); } catch { /* as above */ }
  }
  signal.addEventListener('abort', () => observer.disconnect());
}

// ---- drawing

function fit(canvas) {                             // the pixels of a canvas follow its size on the screen
  const ratio = devicePixelRatio || 1, w = Math.round(canvas.clientWidth*ratio), h = Math.round(canvas.clientHeight*ratio);
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
  return [canvas.getContext('2d'), w, h, ratio];
}

function paint(root, themes, shade = surroundings(), target = root) {   // a theme's colours, for the style sheet as well
  const colors = themes[shade];
  if (target.dataset.theme !== shade) {
    target.dataset.theme = shade;
    for (const name of ['back', 'text', 'faint', 'left', 'right']) target.style.setProperty(`--sdt-${name}`, colors[name]);
  }
  return colors;
}
