// The crowd of a rehearsal: start it, see each second where its fans are, stop it.

import { clearErrors, explain, get, post, Refused, remove, showErrors } from "./api.js";
import { wake } from "./asleep.js";
import { ask } from "./dialogs.js";
import { announce } from "./notes.js";
import { count } from "./words.js";

const LOOK_MS = 1000;
const HIDDEN_MS = 5000;
const STATUS = {
  running: ["Walking", "open"], finished: ["All are through", "closed"], closed: ["The room is over", "closed"],
  sold_out: ["Nothing is left", "closed"], codes_required: ["The room asks for codes", "bad"],
  room_gone: ["The room is gone", "bad"], stopped: ["Stopped", "quiet"], broken: ["Broken", "bad"],
};
const address = `/rooms/${document.getElementById("main").dataset.room}/rehearsal`;
const form = document.getElementById("crowd-form");
const start = document.getElementById("start");
const stop = document.getElementById("stop");
const mayAct = !start.disabled;
let last = "";
let isBusy = false;

form.addEventListener("submit", begin);
stop.addEventListener("click", end);
form.elements.no_show.value = Math.round(Number(form.elements.no_show.value) * 100);
wake(form);
show(JSON.parse(document.getElementById("rehearsal-data").textContent).crowd);
setTimeout(look, LOOK_MS);

async function look() {
  try {
    show((await get(address, { isQuiet: true })).crowd);
    tell("");
  } catch (error) {
    tell(explain(error));
  }
  setTimeout(look, document.hidden ? HIDDEN_MS : LOOK_MS);
}

function tell(text) {
  const line = document.getElementById("trouble");
  if (line.textContent !== text) line.textContent = text;
  line.hidden = !text;
}

function show(crowd) {
  const status = crowd?.status ?? "";
  const [words, kind] = STATUS[status] ?? ["Not started", "quiet"];
  const badge = document.getElementById("walk-status");
  badge.textContent = words;
  badge.className = `badge ${kind}`;
  if (last && status !== last) announce(words);
  last = status;
  start.hidden = status === "running";
  stop.hidden = status !== "running";
  for (const item of document.querySelectorAll("[data-stage]")) {
    const number = crowd?.[item.dataset.stage] ?? 0;
    item.querySelector("[data-count]").textContent = count(number);
    item.style.setProperty("--part", (crowd ? number / crowd.fans : 0).toFixed(4));
    item.classList.toggle("empty", number === 0);
  }
  const seats = document.getElementById("seats-line");
  seats.hidden = (crowd?.seats_left ?? null) === null;
  seats.textContent = seats.hidden ? "" : `${count(crowd.seats_left)} of ${count(crowd.plan.seats)} seats are left.`;
  if (crowd?.trouble) tell(crowd.trouble);
}

function planOf() {
  const plan = {};
  for (const name of ["fans", "over_minutes", "no_show", "claim_seconds", "shop_minutes", "seats", "seats_a_buyer"]) {
    const text = form.elements[name].value.trim();
    plan[name] = text === "" ? null : Number(text);
  }
  if (plan.no_show !== null) plan.no_show /= 100;
  return Object.fromEntries(Object.entries(plan).filter(([name, value]) => value !== null || name === "seats"));
}

async function begin(event) {
  event.preventDefault();
  if (!mayAct || isBusy) return;
  isBusy = true;
  clearErrors(form);
  const trouble = document.getElementById("form-trouble");
  trouble.hidden = true;
  try {
    show((await post(address, planOf())).crowd);
    stop.focus();
  } catch (error) {
    const homeless = error instanceof Refused ? showErrors(form, error.errors) : [];
    if (!(error instanceof Refused) || !error.errors.length || homeless.length) {
      trouble.textContent = explain(error);
      trouble.hidden = false;
      trouble.focus();
    }
  }
  isBusy = false;
}

async function end() {
  const isSure = await ask({
    title: "Stop the crowd?",
    text: "All of it walks away at once: places, turns and slots go to whoever else is there.",
    go: "Stop it", isDangerous: true,
  });
  if (!isSure) return;
  await remove(address);
  show((await get(address)).crowd);
  start.focus();
}
