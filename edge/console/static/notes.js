// What is said to the organizer: notes that are seen, and one status line for screen readers.

const CADENCE_MS = 10_000;
const STAYS_MS = 9_000;
let lastSaid = 0;
let waiting = null;

// Say it to screen readers: not more than one message in ten seconds, the newest of those that came meanwhile.
export function announce(text) {
  const line = document.getElementById("status");
  if (waiting) clearTimeout(waiting);
  waiting = setTimeout(() => {
    lastSaid = Date.now();
    waiting = null;
    line.textContent = text;
  }, Math.max(0, lastSaid + CADENCE_MS - Date.now()));
}

// Show a note in the corner. What went wrong stays until it is read; the rest goes by itself, unless it is looked at.
export function note(text, kind = "plain") {
  const box = document.createElement("div");
  box.className = `note ${kind}`;
  const words = document.createElement("p");
  words.textContent = text;
  if (kind === "bad") words.setAttribute("role", "alert");
  else announce(text);
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", "Close this note");
  close.addEventListener("click", () => box.remove());
  box.append(words, close);
  document.getElementById("notes").append(box);
  if (kind !== "bad") goLater(box);
}

function goLater(box) {
  setTimeout(() => {
    if (box.matches(":hover, :focus-within")) goLater(box);
    else box.remove();
  }, STAYS_MS);
}
