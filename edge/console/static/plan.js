// The plan's editor: steps as rows, the dry run beside them, saved with the version that they were made from.

import { explain, patch, Refused } from "./api.js";
import { wake } from "./asleep.js";
import { DryRun } from "./dry-run.js";
import { complain, say } from "./form-words.js";
import { watch } from "./meanwhile.js";
import { inZone, MomentField } from "./moments.js";
import { note } from "./notes.js";
import { may } from "./roles.js";
import { inOrder, momentOf, nextStep, planOf, stepsOf, swapped, wrongIn } from "./steps.js";
import { withVersion } from "./versions.js";
import { count, rate as few } from "./words.js";
import { chooseZone } from "./zone-select.js";
import { offsetName } from "./zones.js";

const CROWD = ["lobby", "later", "no_show", "claim_seconds", "shop_minutes", "seats"];
const data = JSON.parse(document.getElementById("form-data").textContent);
const form = document.getElementById("plan-form");
const list = document.getElementById("steps");
const template = document.getElementById("step");
const crowd = document.getElementById("crowd");
const zoneSelect = document.getElementById("zone");
const crowdKey = `crowd:${data.room}`;
let base = data.document;
let isBusy = false;
const dry = new DryRun(data.room, tried);

function start() {
  chooseZone(zoneSelect, data.room, (zone) => {
    for (const made of list.children) made.field.changeZone(zone);
    tellZone();
    changed();
  });
  tellZone();
  fillCrowd();
  show(stepsOf(base.plan, release()));
  document.getElementById("add").addEventListener("click", add);
  document.getElementById("sort").addEventListener("click", () => show(inOrder(read(), release())));
  document.getElementById("undo").addEventListener("click", () => {
    show(stepsOf(base.plan, release()));
    document.getElementById("add").focus();
  });
  document.getElementById("dry-keep").addEventListener("click", keepPicture);
  form.addEventListener("submit", save);
  form.addEventListener("input", changed);
  crowd.addEventListener("submit", (event) => event.preventDefault());
  crowd.addEventListener("input", () => {
    localStorage.setItem(crowdKey, JSON.stringify(readCrowd().crowd));
    dry.again();
  });
  addEventListener("beforeunload", (event) => {
    if (isTouched() && !isBusy) event.preventDefault();
  });
  addEventListener("resize", () => dry.again());
  document.addEventListener("role-taken", changed);
  for (const each of [form, crowd]) wake(each);
  watch(data.room, { version: () => base.version, isTouched, isBusy: () => isBusy, take });
}

function release() {
  return base.release_at ? Date.parse(base.release_at) : null;
}

function tellZone() {
  document.getElementById("zone-name").textContent = zoneSelect.value.replaceAll("_", " ");
  const words = document.getElementById("release-words");
  const at = release();
  words.textContent = at === null ? "This room has no release: its steps go by the clock." : `The release: ${inZone(at, zoneSelect.value)} (${offsetName(at, zoneSelect.value)}).`;
  const { by, new_users_per_minute: perMinute, total_active_users: ceiling } = base.in_force;
  document.getElementById("before-steps").textContent = `${by.startsWith("plan") ? "In force now, by the plan" : "Until the first step"}: ${few(perMinute)} a minute, ${count(ceiling)} inside at most.`;
}

// The crowd: what was typed last for this room, else who is there, else the simulation's guesses.
function fillCrowd() {
  const guesses = { lobby: base.lobby + base.waiting || 10_000, later: 0, no_show: 0.2, claim_seconds: 20, shop_minutes: 6, seats: base.seats_left };
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(crowdKey)) ?? {};
  } catch {
    // Somebody else's text under our name: the guesses will do.
  }
  const all = { ...guesses, ...kept };
  for (const name of CROWD) {
    const value = name === "no_show" ? Math.round(all[name] * 1000) / 10 : all[name];
    crowd.elements[name].value = value ?? "";
  }
}

function readCrowd() {
  const read = {};
  let isRight = true;
  for (const name of CROWD) {
    const input = crowd.elements[name];
    const value = number(input);
    const isFit = input.validity.valid && (value !== null || name === "seats");
    const line = document.getElementById(`wrong-crowd-${name}`);
    line.textContent = isFit ? "" : `${input.min} to ${count(Number(input.max))}.`;
    line.hidden = isFit;
    if (isFit) input.removeAttribute("aria-invalid");
    else input.setAttribute("aria-invalid", "true");
    isRight &&= isFit;
    if (isFit && value !== null) read[name] = name === "no_show" ? value / 100 : value;
  }
  return { crowd: read, isRight };
}

function number(input) {
  return Number.isFinite(input.valueAsNumber) ? input.valueAsNumber : null;
}

// Show these steps, the focus where it makes sense.
function show(steps, { focus = null, part = "rate" } = {}) {
  list.replaceChildren(...steps.map(item));
  changed();
  if (focus !== null) list.children[focus]?.querySelector(`[data-name="${part}"], [data-act="${part}"]`)?.focus();
}

function item(step, place) {
  const made = template.content.firstElementChild.cloneNode(true);
  for (const control of made.querySelectorAll("[data-needs]")) control.disabled = !may(control.dataset.needs);
  const get = (name) => made.querySelector(`[data-name="${name}"]`);
  made.querySelector("[data-number]").textContent = `Step ${place + 1}`;
  for (const label of made.querySelectorAll("[data-for]")) {
    const control = get(label.dataset.for);
    control.id = `step-${place}-${label.dataset.for}`;
    label.htmlFor = control.id;
  }
  for (const part of made.querySelectorAll("[data-part]")) {
    const line = part.querySelector(".wrong");
    line.id = `wrong-${place}-${part.dataset.part}`;
    for (const control of part.querySelectorAll("[data-name]")) control.setAttribute("aria-describedby", line.id);
  }
  get("clock").name = `clock-${place}`;
  get("kind").value = step.kind;
  get("minutes").value = step.minutes ?? "";
  get("rate").value = step.rate ?? "";
  get("ceiling").value = step.ceiling ?? "";
  if (release() === null) get("kind").querySelector("[value=release]").remove();
  made.field = new MomentField(made.querySelector("[data-clock]"), { zone: zoneSelect.value, past: "The step is in force at once.", onChange: changed });
  if (step.local) made.field.type(step.local);
  else made.field.fill(step.at);
  get("kind").addEventListener("change", () => turn(made));
  made.addEventListener("click", (event) => act(made, event.target.closest("[data-act]")?.dataset.act));
  return made;
}

// From the release or by the clock: the moment stays what it was.
function turn(made) {
  const step = readItem(made, made.querySelector("[data-name=kind]").value === "clock" ? "release" : "clock");
  const at = momentOf(step, release());
  if (at !== null && at !== undefined) {
    made.field.fill(at);
    made.querySelector("[data-name=minutes]").value = release() === null ? "" : (at - release()) / 60_000;
  }
  changed();
}

function read() {
  return [...list.children].map((made) => readItem(made));
}

function readItem(made, as) {
  const get = (name) => made.querySelector(`[data-name="${name}"]`);
  const kind = as ?? get("kind").value;
  const { at, problem } = made.field.read();
  return {
    kind,
    minutes: number(get("minutes")),
    at: at ?? null,
    problem: kind === "clock" ? problem : undefined,
    local: at === undefined ? get("clock").value : undefined,
    rate: number(get("rate")),
    ceiling: number(get("ceiling")),
  };
}

function add() {
  const steps = read();
  if (steps.length >= data.most_steps) return note(`A plan has ${data.most_steps} steps at most.`);
  const now = Math.ceil(Date.now() / 60_000) * 60_000;
  const [perMinute, ceiling] = [base.new_users_per_minute, base.total_active_users];
  steps.push(nextStep(steps, release(), { rate: perMinute, ceiling, now }));
  show(steps, { focus: steps.length - 1, part: steps.at(-1).kind === "clock" ? "clock" : "minutes" });
}

function act(made, what) {
  const place = [...list.children].indexOf(made);
  const steps = read();
  if (what === "remove") {
    steps.splice(place, 1);
    show(steps, { focus: Math.min(place, steps.length - 1), part: "remove" });
    if (!steps.length) document.getElementById("add").focus();
    say(`Step ${place + 1} is taken out, not saved yet.`);
  }
  const other = { earlier: place - 1, later: place + 1 }[what];
  if (other === undefined || !steps[other]) return;
  show(swapped(steps, place, other), { focus: other, part: what });
  // At the end of the list the button that was pressed is disabled; the focus stays in the step.
  if (document.activeElement === document.body) list.children[other].querySelector("[data-name=rate]").focus();
}

function isTouched() {
  const steps = read();
  if (wrongIn(steps, release()).length) return steps.length > 0;
  return JSON.stringify(planOf(steps, release())) !== JSON.stringify(base.plan.map((step) => ({ ...step, at: new Date(step.at).toISOString() })));
}

function changed() {
  const steps = read();
  const wrong = wrongIn(steps, release());
  for (const [place, made] of [...list.children].entries()) tellItem(made, steps[place], place, steps.length);
  showWrong(wrong.filter(({ problem }) => !problem.startsWith("needs")));
  document.getElementById("no-steps").hidden = steps.length > 0;
  document.getElementById("sort").hidden = !wrong.some(({ problem }) => problem.startsWith("is not after"));
  const isOther = isTouched();
  document.getElementById("undo").disabled = !isOther;
  say(isOther ? "The plan is changed, not saved yet." : "No changes.");
  dry.again();
}

function tellItem(made, step, place, all) {
  const isClock = step.kind === "clock";
  made.querySelector(".offset").hidden = isClock;
  made.querySelector("[data-clock]").hidden = !isClock;
  const at = isClock ? null : momentOf(step, release());
  const words = at === null ? "" : `${inZone(at, zoneSelect.value)}, ${offsetName(at, zoneSelect.value)}`;
  const line = made.querySelector("[data-moment-words]");
  if (line.textContent !== words) line.textContent = words;
  made.querySelector("[data-act=earlier]").disabled = place === 0 || !may("operator");
  made.querySelector("[data-act=later]").disabled = place === all - 1 || !may("operator");
}

function showWrong(wrong) {
  for (const line of list.querySelectorAll(".wrong")) line.hidden = true;
  for (const control of list.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  let first = null;
  for (const { place, field, problem } of wrong) {
    const part = list.children[place].querySelector(`[data-part="${field}"]`);
    const line = part.querySelector(".wrong");
    line.textContent = `${problem}.`;
    line.hidden = false;
    const control = [...part.querySelectorAll("[data-name]")].find((each) => each.dataset.name !== "kind" && !each.closest("[hidden]")) ?? part.querySelector("[data-name]");
    control.setAttribute("aria-invalid", "true");
    first ??= control;
  }
  return first;
}

// What the dry run tries.
function tried() {
  const steps = read();
  const supposed = readCrowd();
  if (wrongIn(steps, release()).length || !supposed.isRight) return null;
  return { settings: { plan: planOf(steps, release()) }, crowd: supposed.crowd, isChanged: isTouched() };
}

async function save(event) {
  event.preventDefault();
  if (isBusy) return;
  complain("");
  const steps = read();
  const wrong = wrongIn(steps, release());
  if (wrong.length) {
    showWrong(wrong)?.focus();
    return say(wrong.length > 1 ? `${wrong.length} fields need another look.` : "One field needs another look.");
  }
  if (!isTouched()) return note("Nothing has changed.");
  isBusy = true;
  document.getElementById("go").setAttribute("aria-busy", "true");
  try {
    const plan = planOf(steps, release());
    const saved = await withVersion(data.room, base.version, (version) => patch(`/rooms/${data.room}`, { plan, version }));
    if (!saved) return say("The plan is not saved yet.");
    take(saved);
    note("The plan is saved.", "good");
  } catch (error) {
    refuse(error);
  } finally {
    isBusy = false;
    document.getElementById("go").removeAttribute("aria-busy");
  }
}

// "plan.2.total_active_users" is a field of the third step.
function refuse(error) {
  const names = { at: "at", new_users_per_minute: "rate", total_active_users: "ceiling" };
  const found = error instanceof Refused ? error.errors : [];
  const wrong = found.flatMap(({ field, problem }) => {
    const [name, place, part] = field.split(".");
    return name === "plan" && list.children[place] && names[part] ? [{ place: Number(place), field: names[part], problem }] : [];
  });
  if (wrong.length && wrong.length === found.length) showWrong(wrong)?.focus();
  else complain(explain(error));
}

function take(room) {
  base = room;
  document.querySelector("h1").textContent = room.name;
  document.getElementById("meanwhile-note").hidden = true;
  tellZone();
  show(stepsOf(base.plan, release()));
  dry.forget();
}

async function keepPicture() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await dry.picture());
  link.download = `dry-run-${data.room}.svg`;
  link.click();
  URL.revokeObjectURL(link.href);
}

start();
