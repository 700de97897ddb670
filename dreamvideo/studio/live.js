// The camera's newest picture is sent again and again; a picture that comes before the last was answered is left out.
const [video, button] = ['video', 'button'].map((name) => element.querySelector(name));
const canvas = document.createElement('canvas');
let stream = null;

async function start() {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 }, height: { ideal: 360 } } });
  } catch (error) {
    trigger('input', { reason: error.message });
    return;
  }
  video.srcObject = stream;
  await video.play();
  element.dataset.on = '';
  button.textContent = 'Stop the camera';
  send();
}

function stop() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = video.srcObject = null;
  delete element.dataset.on;
  button.textContent = 'Use the camera';
}

function send() {
  if (!stream) return;
  const scale = Math.min(1, 640 / video.videoWidth);
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
  trigger('input', { picture: canvas.toDataURL('image/jpeg', 0.92) });
  setTimeout(send, 1000 / props.fps);
}

button.addEventListener('click', () => (stream ? stop() : start()));
