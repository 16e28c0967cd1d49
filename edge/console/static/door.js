// The sign-in: the code is asked for when it is needed; without this script the form does it all.

const form = document.getElementById("door");
const second = document.getElementById("second");
const code = document.getElementById("code");
const wrong = document.getElementById("wrong");
const button = form.querySelector("button");
const AWAY = "The console cannot be reached. Try again in a moment.";

second.hidden = true;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (button.getAttribute("aria-busy") !== "true") send();
});

async function send() {
  button.setAttribute("aria-busy", "true");
  tell("");
  try {
    await post();
  } catch {
    tell(AWAY);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

async function post() {
  const body = { name: form.elements.name.value, password: form.elements.password.value };
  if (!second.hidden) body.code = code.value.trim();
  const response = await fetch("/v1/admin/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (response.ok) {
    // The server has made sure that this is an address of ours.
    location.assign(form.dataset.next);
    return;
  }
  const problem = await response.json();
  if (problem.type !== "/problems/second-factor-required") {
    tell(problem.detail);
    (second.hidden ? form.elements.password : code).select();
    return;
  }
  second.hidden = false;
  code.required = true;
  document.querySelector("label[for=code] small").hidden = true;
  code.focus();
}

function tell(text) {
  wrong.textContent = text;
  wrong.hidden = !text;
}
