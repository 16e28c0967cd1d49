// Dialogs: native ones, so that the focus stays inside, Escape closes, and what is behind is inert.

// Open a dialog and wait: true when its form was sent, false when it was cancelled.
export function open(dialog, { first, mayGo = () => true } = {}) {
  return new Promise((resolve) => {
    const form = dialog.querySelector("form");
    const before = document.activeElement;
    let isSent = false;
    const onSubmit = async (event) => {
      event.preventDefault();
      if (!(await mayGo())) return;
      isSent = true;
      dialog.close();
    };
    const onCancel = (event) => {
      if (event.target.closest("[data-cancel]")) dialog.close();
    };
    const onClose = () => {
      form.removeEventListener("submit", onSubmit);
      dialog.removeEventListener("click", onCancel);
      homeOf(before)?.focus();
      resolve(isSent);
    };
    form.addEventListener("submit", onSubmit);
    dialog.addEventListener("click", onCancel);
    dialog.addEventListener("close", onClose, { once: true });
    dialog.showModal();
    first?.focus();
  });
}

// Where the focus goes back to: what opened the dialog, or the menu that it was in.
function homeOf(opener) {
  if (!opener?.isConnected) return null;
  return opener.checkVisibility() ? opener : opener.closest("details")?.querySelector("summary");
}

// Ask before an act. With `word` the organizer types it first, so that no act of weight happens by a slip.
export function ask({ title, text, go, word = null, isDangerous = false }) {
  const dialog = document.getElementById("ask");
  const button = document.getElementById("ask-go");
  const field = document.getElementById("ask-field");
  const input = document.getElementById("ask-word");
  document.getElementById("ask-title").textContent = title;
  document.getElementById("ask-text").textContent = text;
  document.getElementById("ask-name").textContent = word ?? "";
  button.textContent = go;
  button.classList.toggle("danger", isDangerous);
  field.hidden = word === null;
  input.value = "";
  const look = () => {
    button.disabled = word !== null && input.value.trim() !== word;
  };
  look();
  input.oninput = look;
  return open(dialog, { first: word === null ? dialog.querySelector("[data-cancel]") : input, mayGo: () => !button.disabled });
}
