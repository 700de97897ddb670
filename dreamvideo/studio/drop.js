// Files come by drop or paste anywhere on the page, or are chosen; the newest wins, however long each takes.
const input = element.querySelector('input');
const stage = () => document.getElementById('stage');
let newest = 0;

function tell(facts) {
  props.value = facts;
  trigger('upload');
}

async function take(file) {
  if (!file) return;
  const mine = ++newest;
  if (file.size > props.most) {
    tell({ name: file.name, bytes: file.size, number: mine });
    return;
  }
  stage().dataset.uploading = '';
  try {
    const { path } = await upload(file);
    if (mine === newest) tell({ name: file.name, path, number: mine });
  } catch (error) {
    if (mine === newest) tell({ name: file.name, reason: String(error.message || error), number: mine });
  } finally {
    if (mine === newest) delete stage().dataset.uploading;
  }
}

function dragging(event, on) {
  if (![...(event.dataTransfer?.types || [])].includes('Files')) return;
  event.preventDefault();
  stage().toggleAttribute('data-dragging', on);
}

input.addEventListener('change', () => {
  take(input.files[0]);
  input.value = '';
});
document.addEventListener('dragover', (event) => dragging(event, true));
document.addEventListener('dragleave', (event) => event.relatedTarget || dragging(event, false));
document.addEventListener('drop', (event) => {
  dragging(event, false);
  take(event.dataTransfer?.files[0]);
});
document.addEventListener('paste', (event) => take(event.clipboardData?.files[0]));
document.addEventListener('click', (event) => {
  if (event.target.closest('[data-another]')) input.click();
});
