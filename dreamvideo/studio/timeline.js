// A click on the time line says when, and how high: fractions from its left and its lower edge.
element.addEventListener('click', (event) => {
  const line = event.target.closest('svg');
  if (!line) return;
  const box = line.getBoundingClientRect();
  trigger('click', { x: (event.clientX - box.left) / box.width, y: (box.bottom - event.clientY) / box.height });
});
