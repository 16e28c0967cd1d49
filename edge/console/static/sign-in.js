// The sign-in in place: a session that ends in the middle of an edit costs nothing.

import { open } from "./dialogs.js";
import { takeRole } from "./roles.js";

let running = null;

// Ask for name and password, once for all calls that wait; true when somebody is signed in again.
export function signIn() {
  running ??= ask().finally(() => {
    running = null;
  });
  return running;
}

function ask() {
  const dialog = document.getElementById("sign-in");
  const name = document.getElementById("sign-in-name");
  name.value = document.body.dataset.who;
  document.getElementById("sign-in-password").value = "";
  document.getElementById("sign-in-code").value = "";
  document.getElementById("sign-in-second").hidden = true;
  tell("");
  const first = name.value ? document.getElementById("sign-in-password") : name;
  return open(dialog, { first, mayGo: send });
}

async function send() {
  const second = document.getElementById("sign-in-second");
  const code = document.getElementById("sign-in-code");
  const body = {
    name: document.getElementById("sign-in-name").value.trim(),
    password: document.getElementById("sign-in-password").value,
  };
  if (!second.hidden) body.code = code.value.trim();
  let response;
  let document_;
  try {
    response = await fetch("/v1/admin/session", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    document_ = await response.json();
  } catch {
    tell("The console cannot be reached. Try again in a moment.");
    return false;
  }
  if (response.ok) {
    takeRole(document_.name, document_.role);
    return true;
  }
  if (document_.type === "/problems/second-factor-required") {
    const isFirst = second.hidden;
    second.hidden = false;
    code.focus();
    tell(isFirst ? "" : "That code does not fit, or was used already.");
    return false;
  }
  tell(document_.detail || document_.title);
  return false;
}

function tell(text) {
  const line = document.getElementById("sign-in-wrong");
  line.textContent = text;
  line.hidden = !text;
}
