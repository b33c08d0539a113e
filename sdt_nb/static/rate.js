// The page of blinded comparisons: pairs of films, a question each, votes that stay in this browser. Runs after common.js, figure.js and player.js.
//
//   data   {page, drawing, options, texts, questions, fps, frames, unit, ids, measures, films, files, sounds, forms}
//     options    {title, theme, consent, post, strength}; consent: the user's own text; post: an address, or ''
//     texts      language -> name -> text; {n} stands for a number
//     questions  kind -> the user's own text, or null for the table's
//     ids        of the films, in the order in which they lie in `films`: zlib of the low bytes, then the high bytes of int16
//                (film, coordinate, frame), each the difference to the frame before, then flags (film, frame)
//     measures   one for each film, see figure.js
//     files      id -> address of an mp4, instead of `films`
//     sounds     id -> FLAC
//     forms      lists of {id, sound, left, right, question, swapped}, one for each person
//
// A vote counts when both films were played to their end. `answer` is the side on the screen: A is left, B is right.

const SIDES = ['left', 'right'], NAMES = { left: 'A', right: 'B' }, RATE = 16000;
const ANSWERS = ['left', 'equal', 'right'], STRENGTHS = [1, 2, 3];

// ---- numbers and texts

const hex = n => Array.from(crypto.getRandomValues(new Uint8Array(n/2)), b => b.toString(16).padStart(2, '0')).join('');
const now = () => new Date().toISOString();
const tenth = x => Math.round(10*x)/10;

function canonical(x) {                            // JSON with sorted names and no blanks: what the sum is taken of
  if (Array.isArray(x)) return `[${x.map(canonical).join()}]`;
  if (x === null || typeof x !== 'object') return JSON.stringify(x);
  return `{${Object.keys(x).sort().map(name => `${JSON.stringify(name)}:${canonical(x[name])}`).join()}}`;
}

function sha256(text) {                            // of UTF-8, as hexadecimal; `crypto.subtle` is not there on plain http
  const root = (x, power) => Math.floor((x**power % 1)*2**32), turn = (x, n) => (x >>> n) | (x << (32 - n));
  const primes = Array.from({ length: 311 }, (_, i) => i + 2).filter(n => Array.from({ length: n - 2 }, (_, k) => k + 2).every(d => n % d));
  const rounds = primes.map(p => root(p, 1/3)), h = primes.slice(0, 8).map(p => root(p, 1/2));
  const given = new TextEncoder().encode(text), blocks = new DataView(new ArrayBuffer(64*Math.ceil((given.length + 9)/64)));
  given.forEach((byte, i) => blocks.setUint8(i, byte));
  blocks.setUint8(given.length, 128);
  blocks.setUint32(blocks.byteLength - 4, 8*given.length);
  for (let at = 0; at < blocks.byteLength; at += 64) {
    const w = Array.from({ length: 16 }, (_, i) => blocks.getUint32(at + 4*i));
    for (let i = 16; i < 64; i++) {
      const a = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3), b = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w.push((w[i - 16] + a + w[i - 7] + b) >>> 0);
    }
    let s = h.slice();
    for (let i = 0; i < 64; i++) {
      const [a, b, c, d, e, f, g, last] = s;
      const one = last + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + rounds[i] + w[i];
      const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      s = [(one + two) >>> 0, a, b, c, (d + one) >>> 0, e, f, g];
    }
    s.forEach((x, i) => { h[i] = (h[i] + x) >>> 0; });
  }
  return h.map(x => x.toString(16).padStart(8, '0')).join('');
}

// ---- films and sounds

async function unpackFilms({ films, ids, frames, measures, unit }) {   // id -> a panel as player.js draws it
  const stream = new Blob([bytes(films)]).stream().pipeThrough(new DecompressionStream('deflate'));
  const all = new Uint8Array(await new Response(stream).arrayBuffer()), size = 2*ROW, n = ids.length*frames*size, panels = {};
  ids.forEach((id, k) => {
    const poses = new Int16Array(frames*size);
    for (let c = 0; c < size; c++) {
      let at = (k*size + c)*frames, x = 0;
      for (let t = 0; t < frames; t++, at++) poses[t*size + c] = x += all[at] | (all[n + at] << 8);
    }
    const flags = all.slice(2*n + k*frames, 2*n + (k + 1)*frames);
    panels[id] = { label: '', unit, data: poses, shirt: 0, person: { measures: measures[k], flags, whole: poses } };
  });
  return panels;
}

async function readFlac(text) {                    // exact in every browser, where mp3 and AAC begin some ms late
  const heard = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes(text).buffer);
  return wavOf(heard.getChannelData(0), RATE);
}

function drawnFilm(canvas, panel, { drawing, fps, frames }, view) {   // a film of poses on a canvas, with a clock of its own
  const clock = makeClock();
  let colors = drawing.themes[document.documentElement.dataset.theme], ended = () => {}, told = () => {};
  const draw = () => drawStage(canvas, drawing, [panel], clamp(Math.floor(clock.now()*fps + 1e-6), 0, frames - 1), view, colors);
  function tick() {
    if (!clock.playing) return;
    const over = clock.ended;
    draw();
    told(clock.now()/(frames/fps));
    if (!over) { requestAnimationFrame(tick); return; }
    clock.pause();
    told(1);
    ended();
  }
  clock.load(null, frames/fps);
  return {
    ready: false,
    hear: sound => clock.load(sound, frames/fps),
    play() { clock.play(() => clock.pause()); requestAnimationFrame(tick); },
    pause() { clock.pause(); draw(); },
    get playing() { return clock.playing; },
    on(end, time) { ended = end; told = time; },
    paint(theirs) { colors = theirs; draw(); },
    close: () => clock.unload(),
  };
}

function filmedFilm(video) {                       // the same of an mp4
  return {
    ready: false,
    hear() {},
    play() { if (video.ended) video.currentTime = 0; video.play().catch(() => {}); },
    pause: () => video.pause(),
    get playing() { return !video.paused && !video.ended; },
    on(end, time, lost) {
      video.onerror = lost;
      video.onended = () => { time(1); end(); };
      video.ontimeupdate = () => time(video.duration ? video.currentTime/video.duration : 0);
    },
    paint() {},
    close() { video.onerror = null; video.pause(); video.removeAttribute('src'); video.load(); },
  };
}

// ---- what a person has done so far

function makeMemory(page, forms) {                 // in this browser; several tabs share it, and the later vote on a pair counts
  const place = `sdt-rate-${page}`;
  const asked = +new URLSearchParams(location.search).get('form');
  const wanted = Number.isInteger(asked) && asked > 0 && asked <= forms ? asked - 1 : Math.floor(Math.random()*forms);
  const fresh = () => ({ person: hex(16), form: wanted, language: null, started: null, finished: null, headphones: null, step: -2, votes: {}, drafts: {} });
  let kept = true;
  function stored() {
    try {
      const read = JSON.parse(localStorage.getItem(place));
      return read?.person && read.form < forms && read.votes && read.drafts ? read : null;
    } catch { return null; }
  }
  const memory = {
    place, stored, state: stored() ?? fresh(),
    get kept() { return kept; },
    merge(current) {                               // what another tab did meanwhile; the pair that is open here stays as it is
      const theirs = stored(), mine = memory.state;
      if (theirs?.person !== mine.person) return;
      for (const [id, vote] of Object.entries(theirs.votes)) if (!mine.votes[id] || vote.at > mine.votes[id].at) mine.votes[id] = vote;
      for (const [id, draft] of Object.entries(theirs.drafts)) if (id !== current) mine.drafts[id] = draft;
      mine.finished ??= theirs.finished;
    },
    save(current) {
      memory.merge(current);
      try { localStorage.setItem(place, JSON.stringify(memory.state)); } catch { kept = false; }
    },
    follow() { memory.state = stored() ?? memory.state; },
    clear() {
      try { localStorage.removeItem(place); } catch { /* a page that may keep nothing */ }
      memory.state = fresh();
    },
  };
  return memory;
}

function votesFile({ page, state, trials }) {      // what is downloaded or sent
  const { person, form, language, started, finished, headphones } = state;
  const votes = trials.filter(trial => state.votes[trial.id]).map(trial => state.votes[trial.id]);
  const file = { format: 'sdt_nb votes 1', page, person, form, language, headphones, started, finished, screen: [screen.width, screen.height], votes };
  return { ...file, sum: sha256(canonical(file)).slice(0, 16) };
}

// ---- the page

async function ratePage(main, data) {
  const { drawing, options, texts } = data, memory = makeMemory(data.page, data.forms.length);
  const view = { figure: drawing.figure, mirrored: false, onion: false, parts: { body: true, face: true, hands: true } };
  const HELLO = -2, SOUND = -1;
  let films = [], step = HELLO, panels = null, colors = null, shown = 0, leave = () => {};
  const trials = () => data.forms[memory.state.form], END = () => trials().length;
  const languages = Object.keys(texts);
  const language = () => memory.state.language ?? (languages.includes(navigator.language.slice(0, 2)) ? navigator.language.slice(0, 2) : languages[0]);
  const say = (name, values = {}) => Object.entries(values).reduce((text, [k, x]) => text.replaceAll(`{${k}}`, x), texts[language()][name]);
  const button = (text, onclick, more = {}) => element('button', { type: 'button', textContent: text, onclick, ...more });
  const paragraph = (text, more = {}) => element('p', { textContent: text, ...more });
  const current = () => trials()[step]?.id, save = () => memory.save(current());
  const first = () => { const k = trials().findIndex(trial => !memory.state.votes[trial.id]); return k < 0 ? END() : k; };

  function dress() {
    const shade = options.theme === 'auto' ? surroundings() : options.theme;
    colors = paint(main, drawing.themes, shade, document.documentElement);
    for (const film of films) film.paint(colors);
  }

  // -- from one step to another: the browser's own back and forward go the same way

  function show(wanted) {
    leave();
    save();
    leave = () => {};
    for (const film of films) film.close();
    films = [];
    step = memory.state.finished ? END() : clamp(wanted, HELLO, Math.max(first(), SOUND));
    if (step >= 0 && !memory.state.started) step = HELLO;
    memory.state.step = step;
    save();
    document.documentElement.lang = language();
    const body = step === HELLO ? hello() : step === SOUND ? soundCheck() : step === END() ? goodbye() : trial(trials()[step]);
    main.replaceChildren(head(), body);
    if (document.body.dataset.begun) body.querySelector('h2')?.focus({ preventScroll: true });
    document.body.dataset.begun = 'true';
    document.body.dataset.step = step;
    scrollTo(0, 0);
    dress();
  }
  function go(wanted) {
    show(wanted);
    history.pushState({ step }, '');
  }
  const heading = (text, more = {}) => element('h2', { textContent: text, tabIndex: -1, ...more });
  function head() {
    const bar = element('progress', { max: END(), value: Math.max(0, step), 'aria-label': say('progress') });
    const place = step < 0 || step === END() ? '' : say('pair', { k: step + 1, n: END() });
    return element('header', {}, element('h1', { textContent: options.title }), paragraph(place, { className: 'sdt-place' }), bar);
  }

  // -- before

  function hello() {
    const n = END(), minutes = Math.max(1, Math.round(n*(2*data.frames/data.fps + 7)/60));
    const choice = element('select', { 'aria-label': say('language'), onchange: () => { memory.state.language = choice.value; show(HELLO); } },
      ...languages.map(name => element('option', { value: name, textContent: texts[name].name, selected: name === language() })));
    const asked = [...new Set(trials().map(trial => trial.question))].map(kind => element('li', { textContent: data.questions[kind] ?? say(kind) }));
    const agree = element('input', { type: 'checkbox', onchange: () => { begin.disabled = !agree.checked; } });
    const begin = button(say('begin'), () => {
      memory.state.language = language();
      memory.state.started ??= now();
      go(memory.state.headphones === null ? SOUND : first());
    }, { className: 'sdt-main', disabled: true });
    const kept = say(memory.kept ? 'kept' : 'lost');
    return element('section', { className: 'sdt-text' },
      ...languages.length > 1 ? [choice] : [], heading(say('welcome')), paragraph(say('task', { n, minutes })), element('ul', {}, ...asked),
      paragraph(say('how')), paragraph(say('keys'), { className: 'sdt-keys' }), paragraph(kept),
      element('div', { className: 'sdt-consent' }, element('h3', { textContent: say('consent') }), paragraph(options.consent || say('privacy'))),
      element('label', { className: 'sdt-agree' }, agree, say('agree')), element('div', { className: 'sdt-nav' }, begin));
  }

  function soundCheck() {                          // tones in one ear: heard where they are played, sound and headphones are right
    let side = SIDES[Math.floor(2*Math.random())], sound = null;
    const told = paragraph('', { role: 'status' });
    const play = button(`▶ ${say('tones')}`, () => {
      sound ??= new AudioContext();
      sound.resume();
      for (let k = 0; k < 3; k++) {
        const tone = new OscillatorNode(sound, { frequency: 440 }), loud = new GainNode(sound, { gain: 0 }), start = sound.currentTime + .1 + .5*k;
        tone.connect(loud).connect(new StereoPannerNode(sound, { pan: side === 'left' ? -1 : 1 })).connect(sound.destination);
        loud.gain.setTargetAtTime(.25, start, .02);
        loud.gain.setTargetAtTime(0, start + .3, .02);
        tone.start(start);
        tone.stop(start + .5);
      }
      for (const choice of ears) choice.disabled = false;
    }, { className: 'sdt-main' });
    const on = headphones => { memory.state.headphones = headphones; go(first()); };
    const ears = SIDES.map(ear => button(say(`${ear}_ear`), () => {
      if (ear === side) { on(true); return; }
      told.textContent = say('other_ear');
      side = SIDES[Math.floor(2*Math.random())];
      for (const choice of ears) choice.disabled = true;
    }, { disabled: true }));
    const without = button(say('without'), () => on(false), { className: 'sdt-quiet' });
    leave = () => sound?.close();
    return element('section', { className: 'sdt-text' }, heading(say('sound')), paragraph(say('sound_how')), element('div', { className: 'sdt-nav' }, play),
      element('div', { className: 'sdt-nav', role: 'group', 'aria-label': say('which_ear') }, ...ears), told, element('div', { className: 'sdt-nav' }, without));
  }

  // -- a pair

  function side(trial, name, draft, changed, lost) {   // one film with its button
    const label = say('film', { name: NAMES[name] }), id = trial[name], looks = { role: 'img', 'aria-label': label, className: 'sdt-look' };
    const seen = data.files ? element('video', { src: data.files[id], preload: 'auto', playsInline: true, ...looks }) : element('canvas', looks);
    const film = data.files ? filmedFilm(seen) : drawnFilm(seen, panels[id], data, view);
    const time = element('progress', { max: 1, value: 0, 'aria-hidden': true });
    const play = button('', () => toggle(film), { className: 'sdt-play' });
    const caption = () => {
      const words = say(film.playing ? 'pause' : draft.plays[SIDES.indexOf(name)] ? 'again' : 'play');
      play.disabled = !film.ready;                 // a film without its sound is another film
      play.textContent = `${film.playing ? '❚❚' : '▶'} ${NAMES[name]}`;
      play.setAttribute('aria-label', `${words} ${NAMES[name]}`);
      play.classList.toggle('sdt-seen', draft.plays[SIDES.indexOf(name)] > 0);
    };
    film.on(() => { draft.plays[SIDES.indexOf(name)]++; caption(); changed(); }, share => { time.value = share; }, () => {
      film.ready = false;
      caption();
      lost(NAMES[name]);
    });
    film.caption = caption;
    caption();
    seen.onclick = () => toggle(film);
    return [film, element('figure', {}, element('figcaption', { textContent: NAMES[name], 'aria-hidden': true }), seen, time, play)];
  }
  function toggle(film) {                          // one film at a time, so that each is heard
    if (!film.ready) return;
    const stop = film.playing;
    for (const one of films) if (one.playing) one.pause();
    if (!stop) film.play();
    for (const one of films) one.caption();
  }
  function radios(name, values, caption, label, pick) {
    const group = element('fieldset', { className: `sdt-choice sdt-${name}` }, element('legend', { textContent: label, className: 'sdt-aside' }));
    for (const value of values) {
      const input = element('input', { type: 'radio', name, value, onchange: () => pick(value) });
      group.append(element('label', {}, input, element('span', { textContent: caption(value) })));
    }
    group.mark = value => { for (const input of group.querySelectorAll('input')) input.checked = input.value === String(value); };
    return group;
  }
  function trial(one) {
    const { state } = memory, before = state.votes[one.id];
    const draft = state.drafts[one.id] ??= { plays: [0, 0], seconds: 0, answer: before?.answer ?? null, strength: before?.strength ?? null };
    const status = paragraph('', { role: 'status', className: 'sdt-status' });
    let trouble = '';
    const back = button(say('back'), () => go(step - 1), { disabled: step === 0, className: 'sdt-quiet' });
    const next = button(say('next'), () => vote(), { className: 'sdt-main' });
    const answers = radios('answer', ANSWERS, value => value === 'equal' ? say('equal') : NAMES[value], data.questions[one.question] ?? say(one.question), answer => {
      draft.answer = answer;
      if (answer === 'equal') draft.strength = null;
      changed();
    });
    const strengths = radios('strength', STRENGTHS, k => say(`strength${k}`), say('how_much'), k => { draft.strength = k; changed(); });
    const seen = () => draft.plays.every(n => n > 0), needsStrength = () => options.strength && draft.answer && draft.answer !== 'equal';
    const ready = () => seen() && draft.answer && (!needsStrength() || draft.strength);
    function changed() {
      answers.disabled = !seen();
      strengths.hidden = !options.strength;
      strengths.disabled = !seen() || !needsStrength();
      answers.mark(draft.answer);
      strengths.mark(draft.strength);
      next.disabled = !ready();
      const missing = SIDES.filter((_, k) => !draft.plays[k]).map(name => NAMES[name]).join(', ');
      status.textContent = trouble || (missing ? say('unseen', { missing }) : ready() ? say('ready') : say('choose'));
      save();
    }
    function vote() {
      if (!ready()) return;
      clocked();
      const { answer, strength, seconds, plays } = draft;
      state.votes[one.id] = { trial: one.id, swapped: one.swapped, answer, strength, seconds: tenth(seconds), plays: [...plays], at: now() };
      if (first() === END()) state.finished = now();
      go(step + 1);
    }
    const clocked = () => { draft.seconds += (performance.now() - shown)/1000; shown = performance.now(); };
    shown = performance.now();
    leave = () => { clocked(); window.onkeydown = null; };
    const made = SIDES.map(name => side(one, name, draft, changed, film => { trouble = say('no_film', { name: film }); changed(); }));
    films = made.map(([film]) => film);
    const heard = one.sound ? readSound(one.sound) : Promise.resolve(null);
    heard.then(sound => {
      for (const film of films.filter(film => made.some(([mine]) => mine === film))) { film.hear(sound); film.ready = true; film.caption(); }
    }, () => { status.textContent = say('old'); });
    if (trials()[step + 1]?.sound) readSound(trials()[step + 1].sound).catch(() => {});
    changed();
    window.onkeydown = e => {
      const { target, key } = e;
      if (e.ctrlKey || e.metaKey || e.altKey) return;
      const film = { a: 0, 1: 0, b: 1, 2: 1 }[key.toLowerCase()];
      const choice = strengths.contains(target) ? null : { ArrowLeft: 'left', ArrowRight: 'right', ArrowDown: 'equal' }[key];
      if (film !== undefined) toggle(films[film]);
      else if (choice && seen()) { draft.answer = choice; if (choice === 'equal') draft.strength = null; changed(); }
      else if (key === 'Enter' && target.tagName !== 'BUTTON') vote();
      else return;
      e.preventDefault();
    };
    return element('section', { className: 'sdt-trial' }, heading(data.questions[one.question] ?? say(one.question)),
      element('div', { className: 'sdt-pair' }, ...made.map(([, figure]) => figure)), status, answers, strengths, element('div', { className: 'sdt-nav' }, back, next));
  }
  const sounds = {};
  const readSound = id => (sounds[id] ??= readFlac(data.sounds[id]));

  // -- after

  function goodbye() {
    const { post } = options, file = votesFile({ page: data.page, state: memory.state, trials: trials() });
    const text = JSON.stringify(file, null, 1), told = paragraph('', { role: 'status' });
    const save = button(say('download'), () => {
      const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
      element('a', { href: url, download: `votes-${file.person}.json` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
      told.textContent = say('saved');
    }, { className: 'sdt-main' });
    const send = button(say('send'), async () => {
      send.disabled = true;
      try {
        const answer = await fetch(post, { method: 'POST', body: text });   // plain text: any server takes it without being asked first
        if (!answer.ok) throw Error(answer.status);
        told.textContent = say('sent');
      } catch (e) {
        told.textContent = say('unsent', { why: e.message });
        send.disabled = false;
      }
    }, { className: 'sdt-main' });
    const anew = button(say('anew'), () => {
      if (anew.dataset.sure) { memory.clear(); go(HELLO); return; }
      anew.dataset.sure = 'true';
      anew.textContent = say('sure');
    }, { className: 'sdt-quiet' });
    const answers = element('details', {}, element('summary', { textContent: say('look') }), element('pre', { textContent: text }));
    return element('section', { className: 'sdt-text' }, heading(say('thanks')), paragraph(say(post ? 'send_how' : 'download_how')),
      element('div', { className: 'sdt-nav' }, ...post ? [send] : [], save), told, answers, element('div', { className: 'sdt-nav' }, anew));
  }

  main.classList.add('sdt-rate');
  dress();
  try {
    if (!data.files) panels = await unpackFilms(data);
  } catch {
    main.append(element('section', { className: 'sdt-text' }, paragraph(say('old'))));
    return;
  }
  onSurroundings(dress, new AbortController().signal);
  new ResizeObserver(() => { for (const film of films) film.paint(colors); }).observe(main);
  window.addEventListener('popstate', e => show(e.state?.step ?? HELLO));
  window.addEventListener('pagehide', () => { leave(); leave = () => {}; save(); });
  window.addEventListener('pageshow', e => { if (e.persisted) show(step); });     // back from the browser's memory, as it was left
  document.addEventListener('visibilitychange', () => {                     // nobody votes on what was not seen
    if (document.hidden) for (const film of films) if (film.playing) { film.pause(); film.caption(); }
  });
  window.addEventListener('storage', e => {        // another tab went on: so do we
    const theirs = e.key === memory.place && memory.stored();
    if (!theirs) return;
    const same = theirs.person === memory.state.person;
    if (same && (theirs.step === step || films.some(film => film.playing))) { memory.merge(current()); return; }
    memory.follow();
    show(memory.state.step);
    history.replaceState({ step }, '');
  });
  show(memory.state.step);
  history.replaceState({ step }, '');
  document.documentElement.dataset.ready = 'true';
}
