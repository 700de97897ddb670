// Strokes on the picture say where to dream: each is sent as a mask, white on transparency; no strokes, no mask.
const canvas = element.querySelector('canvas');
const pen = canvas.getContext('2d', { willReadFrequently: true });
const [width, erase] = ['input', '[data-erase]'].map((name) => element.querySelector(name));
const stage = () => document.getElementById('stage');
const amber = getComputedStyle(document.documentElement).getPropertyValue('--amber');
let last = null;
let newest = 0;

function scale() {
  const box = canvas.getBoundingClientRect();
  return Math.max(canvas.width / box.width, canvas.height / box.height);
}

function fit() {
  const { naturalWidth, naturalHeight } = document.querySelector('#part-source img') || {};
  if (!naturalWidth) return false;
  if (canvas.width !== naturalWidth || canvas.height !== naturalHeight)
    Object.assign(canvas, { width: naturalWidth, height: naturalHeight });
  return true;
}

function choose() {
  pen.lineWidth = (Math.max(canvas.width, canvas.height) * width.value) / 100;
  pen.lineCap = pen.lineJoin = 'round';
  pen.strokeStyle = amber;
  pen.globalCompositeOperation = erase.ariaPressed === 'true' ? 'destination-out' : 'source-over';
  const across = Math.min(126, pen.lineWidth / scale());
  const ring = `<svg xmlns='http://www.w3.org/2000/svg' width='128' height='128'><circle cx='64' cy='64' r='${across / 2}'
    fill='none' stroke='white'/><circle cx='64' cy='64' r='${across / 2 + 1}' fill='none' stroke='black'/></svg>`;
  canvas.style.cursor = `url("data:image/svg+xml,${encodeURIComponent(ring)}") 64 64, crosshair`;
}

function draw(event) {
  const box = canvas.getBoundingClientRect();
  const x = (event.clientX - box.left - box.width / 2) * scale() + canvas.width / 2;
  const y = (event.clientY - box.top - box.height / 2) * scale() + canvas.height / 2;
  pen.beginPath();
  pen.moveTo(...(last || [x, y]));
  pen.lineTo(x, y);
  pen.stroke();
  last = [x, y];
}

function say(path) {
  props.value = path;
  mark();
  trigger('input');
}

function mark() {
  stage().toggleAttribute('data-masked', Boolean(props.value));
}

async function keep() {
  const mine = ++newest;
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  if (!data.some((value, at) => at % 4 === 3 && value)) return say('');
  const white = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height });
  const paper = white.getContext('2d');
  paper.drawImage(canvas, 0, 0);
  paper.globalCompositeOperation = 'source-in';
  paper.fillStyle = 'white';
  paper.fillRect(0, 0, white.width, white.height);
  const blob = await new Promise((done) => white.toBlob(done));
  const { path } = await upload(new File([blob], 'mask.png', { type: 'image/png' }));
  if (mine === newest) say(path);
}

function wipe() {
  pen.clearRect(0, 0, canvas.width, canvas.height);
}

function done() {
  delete stage().dataset.painting;
}

canvas.addEventListener('pointerdown', (event) => {
  canvas.setPointerCapture(event.pointerId);
  last = null;
  draw(event);
});
canvas.addEventListener('pointermove', (event) => last && draw(event));
for (const end of ['pointerup', 'pointercancel'])
  canvas.addEventListener(end, () => {
    last = null;
    keep();
  });
width.addEventListener('input', choose);
element.addEventListener('click', (event) => {
  const { dataset } = event.target;
  if ('erase' in dataset) erase.ariaPressed = String(erase.ariaPressed !== 'true');
  if ('clear' in dataset) wipe(), keep();
  if ('done' in dataset) done();
  choose();
});
document.addEventListener('click', (event) => {
  const save = event.target.closest('#save-mask');
  if (save) save.href = `/gradio_api/file=${encodeURI(props.value)}`;
  if (!event.target.closest('[data-paint]') || !fit()) return;
  stage().dataset.painting = '';
  choose();
});
document.addEventListener('keydown', (event) => event.key === 'Escape' && done());
// A try that is restored brings its mask; another picture has none.
watch('value', async () => {
  const mine = ++newest;
  mark();
  wipe();
  if (!props.value) return done();
  const mask = Object.assign(new Image(), { src: `/gradio_api/file=${encodeURI(props.value)}` });
  await mask.decode();
  if (mine !== newest) return;
  Object.assign(canvas, { width: mask.naturalWidth, height: mask.naturalHeight });
  pen.drawImage(mask, 0, 0);
  pen.globalCompositeOperation = 'source-in';
  pen.fillStyle = amber;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  choose();
});
