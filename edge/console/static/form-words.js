// What a form says about itself: what stopped it, above its fields, and in the bar at the foot how it stands.

const trouble = document.getElementById("form-trouble");

// Tell what stopped the form, and lead there; empty: nothing does any more.
export function complain(text) {
  trouble.textContent = text;
  trouble.hidden = !text;
  if (text) trouble.focus();
}

// Tell in the bar at the foot how the form stands.
export function say(text) {
  const words = document.getElementById("save-words");
  if (words.textContent !== text) words.textContent = text;
}
