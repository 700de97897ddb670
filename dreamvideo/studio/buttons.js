// Buttons of a list tell the server what they are for: all of their data-* comes with the press.
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-do]');
  if (button && !button.disabled) trigger('click', { ...button.dataset });
});
