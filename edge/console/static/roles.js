// What the signed-in person may do. The server decides; here controls only say so beforehand.

const ORDER = ["viewer", "operator", "admin"];

export function may(needed) {
  return ORDER.indexOf(document.body.dataset.role) >= ORDER.indexOf(needed);
}

// Somebody signed in again in place, perhaps as somebody else: let the page agree without losing what was typed.
export function takeRole(who, role) {
  document.body.dataset.who = who;
  document.body.dataset.role = role;
  for (const control of document.querySelectorAll("[data-needs]")) control.disabled = !may(control.dataset.needs);
  document.dispatchEvent(new CustomEvent("role-taken"));
}
