// Sends `tick` every `every` seconds while a root is on the screen; call what it gives to end that.
function tickWhileSeen(model, root) {
  let seen = false, timer = 0;
  const tick = () => { if (seen && !document.hidden) model.send({ act: 'tick' }); };
  const wind = () => { clearInterval(timer); timer = model.get('every') ? setInterval(tick, 1000*model.get('every')) : 0; };
  const sight = new IntersectionObserver(entries => { seen = entries.at(-1).isIntersecting; });
  sight.observe(root);
  model.on('change:every', wind);
  wind();
  return () => { clearInterval(timer); sight.disconnect(); model.off('change:every', wind); };
}
