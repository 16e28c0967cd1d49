// One's own account: second factor, password, sessions.

import { call, explain, get, post, Refused, remove } from "./api.js";
import { wake } from "./asleep.js";
import { ask } from "./dialogs.js";
import { note } from "./notes.js";
import { moment } from "./words.js";

const byId = (id) => document.getElementById(id);
const card = byId("second");
const PATH = "/session/second-factor";

byId("ends").textContent = moment(byId("ends").dateTime);
showSecond();
listSessions();

function showSecond() {
  const has = card.dataset.has === "yes";
  const badge = byId("second-badge");
  badge.className = `badge ${has ? "open" : "quiet"}`;
  badge.textContent = has ? "On" : "Off";
  byId("second-go").textContent = has ? "Set up another app" : "Set it up";
  const drop = byId("second-drop");
  if (drop) drop.hidden = !has;
  const left = byId("second-left");
  left.hidden = !has || left.dataset.left === "";
  left.textContent = `${left.dataset.left} recovery codes are left. Setting up another app makes new ones.`;
}

// Run a form's call; what is wrong stands beside its field, and the button waits.
async function run(form, doIt, fieldOf = {}) {
  const button = form.querySelector("[type=submit]");
  if (button.getAttribute("aria-busy") === "true") return;
  for (const line of form.querySelectorAll(".wrong")) line.hidden = true;
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  button.setAttribute("aria-busy", "true");
  try {
    await doIt();
  } catch (error) {
    tell(form, error, fieldOf);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function tell(form, error, fieldOf) {
  const name = error instanceof Refused ? (error.errors[0]?.field ?? fieldOf[error.name]) : undefined;
  const field = name && form.querySelector(`[data-field="${name}"]`);
  if (!field) {
    note(explain(error), "bad");
    return;
  }
  const line = field.querySelector(".wrong");
  line.textContent = error.errors.length ? `The password ${error.errors[0].problem}.` : error.message;
  line.hidden = false;
  const input = field.querySelector("input");
  input.setAttribute("aria-invalid", "true");
  input.focus();
}

byId("second-begin").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  run(form, async () => {
    const offer = await post(PATH, { password: byId("second-password").value });
    byId("second-picture").src = `data:image/svg+xml,${encodeURIComponent(offer.picture)}`;
    byId("second-secret").textContent = offer.secret.replace(/(.{4})(?=.)/g, "$1 ");
    form.hidden = true;
    byId("second-confirm").hidden = false;
    byId("second-code").value = "";
    byId("second-code").focus();
  }, { "password-wrong": "password" });
});

byId("second-confirm").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  run(form, async () => {
    const { recovery_codes: codes } = await call("PUT", PATH, { code: byId("second-code").value.trim() });
    byId("second-list").replaceChildren(...codes.map((code) => item(code)));
    byId("second-left").dataset.left = codes.length;
    form.hidden = true;
    card.dataset.has = "yes";
    showSecond();
    byId("second-left").hidden = true;
    byId("second-codes").hidden = false;
    byId("second-codes").querySelector("h3").focus();
    listSessions();
  }, { "code-wrong": "code" });
});

byId("second-cancel").addEventListener("click", () => back());

byId("second-copy").addEventListener("click", async () => {
  const codes = [...byId("second-list").children].map((each) => each.textContent);
  try {
    await navigator.clipboard.writeText(codes.join("\n"));
    note("The recovery codes are copied.", "good");
  } catch {
    note("They cannot be copied here: select them, or write them down.", "bad");
  }
});

byId("second-done").addEventListener("click", () => {
  // The rest of the console may have opened with it.
  if (document.querySelector(".notice.warn")) location.assign("/");
  else back();
});

byId("second-drop")?.addEventListener("click", async () => {
  const password = byId("second-password");
  if (!password.reportValidity()) return;
  const isSure = await ask({
    title: "Go on without a second factor?",
    text: "Who learns your password can then sign in as you.",
    go: "Go on without it",
    isDangerous: true,
  });
  if (!isSure) return;
  run(byId("second-begin"), async () => {
    await call("DELETE", PATH, { password: password.value });
    note("The second factor is off.", "good");
    back("no");
  }, { "password-wrong": "password" });
});

function back(has = card.dataset.has) {
  card.dataset.has = has;
  for (const id of ["second-confirm", "second-codes"]) byId(id).hidden = true;
  byId("second-begin").hidden = false;
  byId("second-password").value = "";
  showSecond();
  byId("second-go").focus();
}

byId("password").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  run(form, async () => {
    await post("/session/password", { password: byId("old-password").value, new_password: byId("new-password").value });
    form.reset();
    note("The password is changed. Your other sessions have ended.", "good");
    listSessions();
  }, { "password-wrong": "password" });
});

for (const id of ["second-begin", "second-confirm", "password"]) wake(byId(id));

byId("end-others").addEventListener("click", async () => {
  try {
    await remove("/sessions");
    note("Your other sessions have ended.", "good");
  } catch (error) {
    note(explain(error), "bad");
  }
  listSessions();
});

async function listSessions() {
  let sessions;
  try {
    ({ sessions } = await get("/sessions", { isQuiet: true }));
  } catch (error) {
    byId("sessions").replaceChildren(item(explain(error)));
    return;
  }
  byId("sessions").replaceChildren(...sessions.map(showSession));
  byId("others").hidden = sessions.length < 2;
}

function showSession(session) {
  const line = document.createElement("li");
  const where = document.createElement("span");
  where.append(strong(session.is_current ? "This browser" : "Another browser"), ` from ${session.network}`);
  const when = document.createElement("span");
  when.className = "soft small";
  when.textContent = `since ${moment(session.made_at)}, used ${moment(session.used_at)}`;
  line.append(where, when);
  return line;
}

function strong(text) {
  const made = document.createElement("b");
  made.textContent = text;
  return made;
}

function item(text) {
  const line = document.createElement("li");
  line.textContent = text;
  return line;
}
