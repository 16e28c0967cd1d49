// People: the list, and the dialogs that add and change.

import { call, explain, get, patch, post, Refused, remove } from "./api.js";
import { ask, open } from "./dialogs.js";
import { note } from "./notes.js";
import { moment } from "./words.js";

const byId = (id) => document.getElementById(id);
const at = (name) => `/people/${encodeURIComponent(name)}`;

list();

async function list() {
  try {
    const { people } = await get("/people");
    byId("people").replaceChildren(...people.map(row));
  } catch (error) {
    note(explain(error), "bad");
  }
}

function row(person) {
  const line = document.createElement("tr");
  const name = cell("th", who(person));
  name.scope = "row";
  const change = document.createElement("button");
  change.type = "button";
  change.className = "plain";
  change.append("Change", unseen(` ${person.name}`));
  change.addEventListener("click", () => edit(person));
  const last = cell("td", change);
  last.className = "end";
  const seen = person.signed_in_at ? moment(person.signed_in_at) : "never";
  line.append(name, cell("td", person.role), cell("td", badges(person)), cell("td", seen), last);
  return line;
}

function who(person) {
  const box = document.createElement("span");
  box.className = person.is_disabled ? "who off" : "who";
  const initial = document.createElement("span");
  initial.className = "initial";
  initial.setAttribute("aria-hidden", "true");
  initial.textContent = person.name[0].toUpperCase();
  const isMe = person.name === document.body.dataset.who;
  box.append(initial, person.name, ...(isMe ? [small(" you")] : []));
  return box;
}

// Cases in the order of what keeps somebody out, then what is good to know.
function badges(person) {
  const box = document.createElement("span");
  box.className = "row";
  const add = (text, kind) => {
    const badge = document.createElement("span");
    badge.className = `badge ${kind}`;
    badge.textContent = text;
    box.append(badge);
  };
  if (person.is_disabled) add("May not sign in", "quiet");
  else if (!person.has_password) add(person.link_ends_at ? "Invited" : "No password", "scheduled");
  else add(person.sessions ? "Signed in" : "May sign in", person.sessions ? "open" : "quiet");
  if (person.locked_until) add(`Waits until ${moment(person.locked_until)}`, "bad");
  if (person.has_second_factor) add("Second factor", "plain");
  else if (person.requires_second_factor) add("Second factor to come", "warn");
  return box;
}

byId("add").addEventListener("click", async () => {
  const dialog = byId("new");
  dialog.querySelector("form").reset();
  const field = byId("new-name-wrong");
  tell("new", "");
  field.hidden = true;
  byId("new-name").removeAttribute("aria-invalid");
  let made;
  const mayGo = async () => {
    field.hidden = true;
    tell("new", "");
    try {
      made = await post("/people", {
        name: byId("new-name").value,
        role: chosen("new"),
        requires_second_factor: byId("new-second").checked,
      });
      return true;
    } catch (error) {
      const isName = error instanceof Refused && (error.name === "person-exists" || error.errors[0]?.field === "name");
      if (isName) {
        field.textContent = error.name === "person-exists" ? error.message : "Letters, digits and . _ @ -, at most 64.";
        field.hidden = false;
        byId("new-name").setAttribute("aria-invalid", "true");
        byId("new-name").focus();
      } else tell("new", explain(error));
      return false;
    }
  };
  if (!(await open(dialog, { first: byId("new-name"), mayGo }))) return;
  list();
  showLink(made);
});

async function edit(person) {
  const dialog = byId("person");
  byId("person-title").textContent = person.name;
  byId("person-seen").textContent =
    `Since ${moment(person.created_at)}. ${person.sessions} ${person.sessions === 1 ? "session" : "sessions"}.`;
  for (const each of radios("person")) each.checked = each.value === person.role;
  byId("person-open").checked = !person.is_disabled;
  byId("person-second").checked = person.requires_second_factor;
  dialog.querySelector("[data-act=unlock]").hidden = !person.locked_until;
  dialog.querySelector("[data-act=second]").hidden = !person.has_second_factor;
  dialog.querySelector("[data-act=out]").hidden = !person.sessions;
  tell("person", "");
  for (const button of dialog.querySelectorAll("[data-act]")) button.onclick = () => act(button.dataset.act, person);
  const mayGo = () => attempt("person", () => patch(at(person.name), changesOf(person)));
  if (await open(dialog, { first: radios("person").find((each) => each.checked), mayGo })) {
    note(`${person.name} is changed.`, "good");
    list();
  }
}

function changesOf(person) {
  const wanted = {
    role: chosen("person"),
    is_disabled: !byId("person-open").checked,
    requires_second_factor: byId("person-second").checked,
  };
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => person[name] !== value));
}

const ACTS = {
  unlock: { call: (path) => patch(path, { unlock: true }), told: "may try again" },
  link: { call: (path) => patch(path, { new_link: true }) },
  out: { call: (path) => call("DELETE", `${path}/sessions`), told: "is signed out everywhere" },
  second: {
    call: (path) => patch(path, { drop_second_factor: true }),
    told: "has no second factor any more",
    title: "Take the second factor away?",
    text: "Make sure that it is the person who asks: from now on the password alone opens the console.",
    go: "Take it away",
  },
  remove: {
    call: (path) => remove(path),
    told: "is removed",
    title: "Remove this person?",
    text: "All sessions end at once. What the audit says of the person stays.",
    go: "Remove",
  },
};

async function act(name, person) {
  const chosenAct = ACTS[name];
  byId("person").close();
  if (chosenAct.title) {
    const word = name === "remove" ? person.name : null;
    const isSure = await ask({ title: chosenAct.title, text: chosenAct.text, go: chosenAct.go, word, isDangerous: true });
    if (!isSure) return;
  }
  try {
    const told = await chosenAct.call(at(person.name));
    if (told?.link) showLink(told);
    else note(`${person.name} ${chosenAct.told}.`, "good");
  } catch (error) {
    note(explain(error), "bad");
  }
  list();
}

function showLink({ name, link }) {
  byId("link-title").textContent = `A link for ${name}`;
  byId("link-url").value = link.url;
  const copy = byId("link-copy");
  copy.onclick = async () => {
    byId("link-url").select();
    try {
      await navigator.clipboard.writeText(link.url);
      copy.textContent = "Copied";
    } catch {
      // The text is selected: the keyboard copies it.
      copy.textContent = "Press Ctrl+C";
    }
  };
  copy.textContent = "Copy";
  open(byId("link"), { first: copy }).then(() => {
    byId("link-url").value = "";
  });
}

async function attempt(dialog, doIt) {
  tell(dialog, "");
  try {
    await doIt();
    return true;
  } catch (error) {
    tell(dialog, explain(error));
    return false;
  }
}

function tell(dialog, text) {
  const line = byId(`${dialog}-wrong`);
  line.textContent = text;
  line.hidden = !text;
}

function radios(dialog) {
  return [...document.getElementsByName(`${dialog}-role`)];
}

function chosen(dialog) {
  return radios(dialog).find((each) => each.checked).value;
}

function cell(tag, content) {
  const made = document.createElement(tag);
  made.append(content);
  return made;
}

function unseen(text) {
  const made = document.createElement("span");
  made.className = "unseen";
  made.textContent = text;
  return made;
}

function small(text) {
  const made = document.createElement("small");
  made.className = "soft";
  made.textContent = text;
  return made;
}
