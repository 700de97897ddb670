// A click on the picture says where: fractions of its width and height, of the part that is shown.
element.addEventListener('click', (event) => {
  const picture = element.querySelector('img');
  if (!picture || !picture.naturalWidth) return;
  const box = picture.getBoundingClientRect();
  const scale = Math.min(box.width / picture.naturalWidth, box.height / picture.naturalHeight);
  const width = picture.naturalWidth * scale;
  const height = picture.naturalHeight * scale;
  const x = (event.clientX - box.left - (box.width - width) / 2) / width;
  const y = (event.clientY - box.top - (box.height - height) / 2) / height;
  if (x >= 0 && x <= 1 && y >= 0 && y <= 1) trigger('click', { x, y });
});
