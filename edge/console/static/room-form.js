// Make a room, or change its settings: only what was changed is sent, with the version that it was changed from.

import { clearErrors, explain, patch, post, remove, Refused, showErrors } from "./api.js";
import { wake } from "./asleep.js";
import { ask } from "./dialogs.js";
import { complain, say } from "./form-words.js";
import { watch } from "./meanwhile.js";
import { MomentField } from "./moments.js";
import { note } from "./notes.js";
import { may } from "./roles.js";
import { movedPlan, orderOf, same, slug, TIMES, weeksLater } from "./room-values.js";
import { sized } from "./sizing.js";
import { withVersion } from "./versions.js";
import { count, duration, name as nameOf, rate } from "./words.js";
import { chooseZone } from "./zone-select.js";

const NUMBERS = ["new_users_per_minute", "total_active_users", "claim_minutes", "session_minutes", "target_latency_ms"];
const CHOICES = ["codes", "outage_policy"];
const PAST = {
  lobby_at: "The lobby is open at once.",
  lobby_closes_at: "The lobby closes at once.",
  release_at: "The line is released at once.",
  closes_at: "The room is closed at once.",
};

const data = JSON.parse(document.getElementById("form-data").textContent);
const form = document.getElementById("room-form");
const isNew = data.mode === "new";
const zoneSelect = document.getElementById("zone");
const fields = {};
let base = isNew ? data.settings : data.document;
let version = base.version;
let isBusy = false;

function start() {
  chooseZone(zoneSelect, data.room || data.copied, (zone) => {
    for (const field of Object.values(fields)) field.changeZone(zone);
    changed();
  });
  for (const name of TIMES) {
    const box = form.querySelector(`[data-moment="${name}"]`);
    fields[name] = new MomentField(box, { zone: zoneSelect.value, past: PAST[name], isThere: !isNew, onChange: changed });
  }
  fill(base);
  if (data.copied) moveTimes();
  form.addEventListener("input", changed);
  form.addEventListener("submit", save);
  document.getElementById("shop-minutes").addEventListener("input", (event) => {
    event.stopPropagation();
    showSize();
  });
  addEventListener("beforeunload", (event) => {
    if (isTouched() && !isBusy) event.preventDefault();
  });
  document.addEventListener("role-taken", changed);
  if (isNew) startNew();
  else startOld();
  changed();
  wake(form);
}

function startNew() {
  const room = form.elements.room;
  form.elements.name.addEventListener("input", () => {
    if (room.dataset.typed !== "1") room.value = slug(form.elements.name.value);
  });
  room.addEventListener("input", () => {
    room.dataset.typed = room.value ? "1" : "";
  });
  for (const radio of form.elements.with_beacon ?? []) {
    radio.addEventListener("change", () => {
      document.getElementById("beacon-parts").hidden = form.elements.with_beacon.value !== "yes";
    });
  }
}

function startOld() {
  document.getElementById("undo").addEventListener("click", () => {
    fill(base);
    changed();
    form.elements.name.focus();
  });
  document.getElementById("delete").addEventListener("click", forget);
  watch(data.room, { version: () => version, isTouched, isBusy: () => isBusy, take });
}

// Show what a room has.
function fill(settings) {
  form.elements.name.value = isNew && !data.copied ? "" : settings.name;
  for (const name of NUMBERS) form.elements[name].value = settings[name];
  for (const name of CHOICES) form.elements[name].value = settings[name];
  form.elements.kind.value = settings.release_at || isNew && !data.copied ? "lobby" : "open";
  for (const name of TIMES) fields[name].fill(settings[name] ? Date.parse(settings[name]) : null);
  const movePlan = document.getElementById("move-plan");
  if (movePlan) movePlan.checked = true;
}

// A copy's times go into the future by whole weeks, by the clock of the zone.
function moveTimes() {
  const moved = weeksLater(base, zoneSelect.value, Date.now());
  for (const name of TIMES) fields[name].fill(moved[name] ?? null);
}

// What the form says: `{settings, errors}`.
function read() {
  const settings = { name: form.elements.name.value.trim() };
  const errors = [];
  const isOpen = form.elements.kind.value === "open";
  for (const name of NUMBERS) {
    settings[name] = readNumber(form.elements[name]);
    if (settings[name] === null) errors.push({ field: name, problem: "needs a number" });
  }
  for (const name of CHOICES) settings[name] = form.elements[name].value;
  for (const name of TIMES) {
    const { at, problem } = isOpen && name !== "closes_at" ? { at: null } : fields[name].read();
    if (problem) errors.push({ field: name, problem });
    settings[name] = at === null || at === undefined ? null : new Date(at).toISOString();
  }
  if (!settings.name) errors.push({ field: "name", problem: "needs a name that fans will know" });
  if (!isOpen) errors.push(...orderOf(settings, errors));
  return { settings, errors };
}

function readNumber(input) {
  return input.value.trim() === "" || !Number.isFinite(input.valueAsNumber) ? null : input.valueAsNumber;
}

// What is to be sent: everything of a new room, of another only what differs.
function changes(settings) {
  if (isNew) return settings;
  const sent = {};
  for (const [name, value] of Object.entries(settings)) if (!same(name, value, base[name])) sent[name] = value;
  if (sent.release_at && base.release_at && base.plan.length && document.getElementById("move-plan")?.checked) {
    sent.plan = movedPlan(base.plan, Date.parse(sent.release_at) - Date.parse(base.release_at));
  }
  return sent;
}

function isTouched() {
  if (isNew) return Boolean(form.elements.name.value || form.elements.room.value) && may("admin");
  return Object.keys(changes(read().settings)).length > 0;
}

function changed() {
  const isOpen = form.elements.kind.value === "open";
  document.querySelector(".only-lobby").hidden = isOpen;
  showSize();
  showSums();
  showEvening();
  showInForce();
  if (isNew) {
    document.getElementById("address").textContent = `${data.public_url}/r/${form.elements.room.value || "…"}`;
    return;
  }
  const sent = changes(read().settings);
  const number = Object.keys(sent).length;
  const line = document.getElementById("move-plan-line");
  if (line) line.hidden = !("release_at" in sent) || !base.release_at;
  say(number ? `${number} ${number === 1 ? "setting" : "settings"} changed, not saved yet.` : "No changes.");
  document.getElementById("undo").disabled = number === 0;
}

function showSize() {
  const [perMinute, ceiling] = ["new_users_per_minute", "total_active_users"].map((name) => readNumber(form.elements[name]) ?? NaN);
  const { kind, text } = sized(perMinute, ceiling, document.getElementById("shop-minutes").valueAsNumber);
  const line = document.getElementById("sized");
  line.className = `notice ${kind}`;
  if (line.textContent !== text) line.textContent = text;
  line.hidden = !text;
}

// What binds now, where that is not what was set by hand.
function showInForce() {
  if (isNew) return;
  const { by, new_users_per_minute: perMinute, total_active_users: ceiling } = base.in_force;
  const isOther = perMinute !== base.new_users_per_minute || ceiling !== base.total_active_users;
  const place = document.getElementById("in-force");
  const why = base.slowed ? "slowed to spare the checkout" : by.startsWith("plan") ? "by the plan" : `by ${nameOf(by)}`;
  place.textContent = `In force now, ${why}: ${rate(perMinute)} a minute, ${count(ceiling)} inside at most.`;
  place.hidden = !isOther;
}

// What a folded group holds.
function showSums() {
  const value = (name) => form.elements[name]?.value;
  const sums = {
    turns: `${value("claim_minutes")} min to take a turn, ${value("session_minutes")} min in the shop`,
    codes: { off: "no presale codes", optional: "presale codes optional", required: "presale codes required" }[value("codes")],
    beacon: (isNew ? form.elements.with_beacon.value === "yes" : base.beacon) ? "with a public beacon" : "no beacon",
    trouble: `${{ keep: "everybody waits", open_limited: "a few go in", open: "everybody goes in" }[value("outage_policy")]}; checkout within ${value("target_latency_ms")} ms`,
    rehearsal: (isNew ? form.elements.rehearsal?.checked : base.rehearsal) ? "a rehearsal, nothing is sold" : "no, this one is real",
  };
  for (const [name, text] of Object.entries(sums)) {
    const place = form.querySelector(`[data-sum="${name}"]`);
    if (place && place.textContent !== text) place.textContent = text;
  }
}

// The evening in a sentence, so that a slip of a day is seen.
function showEvening() {
  const { settings } = read();
  const place = document.getElementById("evening");
  const at = (name) => (settings[name] ? Date.parse(settings[name]) : null);
  const told = [];
  const [opens, closes, release, end] = TIMES.map(at);
  const draw = closes ?? release;
  if (opens !== null && draw !== null && draw >= opens) told.push(`The lobby is open for ${span(draw - opens)}.`);
  if (closes !== null && release !== null && release > closes) told.push(`The draw has ${span(release - closes)}.`);
  if (end !== null && release !== null && end > release) told.push(`The line is open for ${span(end - release)}.`);
  place.textContent = told.join(" ");
  place.hidden = told.length === 0;
}

function span(milliseconds) {
  return duration(milliseconds / 1000).replace(" 00 s", "").replace(" 00 min", "");
}

async function save(event) {
  event.preventDefault();
  if (isBusy) return;
  clearErrors(form);
  complain("");
  const { settings, errors } = read();
  if (errors.length) return refuse(errors);
  isBusy = true;
  const button = document.getElementById("go");
  button.setAttribute("aria-busy", "true");
  try {
    await (isNew ? make(settings) : change(settings));
  } catch (error) {
    if (error instanceof Refused && error.errors.length) refuse(error.errors);
    else if (error instanceof Refused && error.name === "room-exists") refuse([{ field: "room", problem: "is taken: there is a room of this name" }]);
    else complain(explain(error));
  } finally {
    isBusy = false;
    button.removeAttribute("aria-busy");
  }
}

// Errors of fields stand at them, opened where they are folded away; what has no field stands above.
function refuse(errors) {
  for (const { field } of errors) {
    const fold = form.querySelector(`[data-field="${CSS.escape(field)}"]`)?.closest("details");
    if (fold) fold.open = true;
  }
  const homeless = showErrors(form, errors);
  if (homeless.length) complain(homeless.map(({ field, problem }) => `${field.replaceAll("_", " ")}: ${problem}.`).join(" "));
  else if (errors.length > 1) say(`${errors.length} fields need another look.`);
  else say("One field needs another look.");
}

async function make(settings) {
  const body = { room: form.elements.room.value.trim(), ...settings };
  if (form.elements.with_beacon.value === "yes") body.beacon = readBeacon();
  if (form.elements.rehearsal?.checked) body.rehearsal = true;
  if (data.copied) Object.assign(body, ofTheCopied(settings));
  const made = await post("/rooms", body);
  location.assign(`/rooms/${made.room}`);
  // Nothing may be sent twice while the new page comes.
  await new Promise(() => {});
}

function readBeacon() {
  return {
    url: form.elements["beacon.url"].value.trim(),
    period_seconds: readNumber(form.elements["beacon.period_seconds"]),
    genesis_at: form.elements["beacon.genesis_at"].value.trim(),
  };
}

// What the form does not show and a copy takes over: the message, the branding, the plan at its distance from the release.
function ofTheCopied(settings) {
  const taken = {};
  if (base.message) taken.message = base.message;
  // A logo is a picture of its room alone.
  if (base.branding) taken.branding = { ...base.branding, logo: null };
  if (base.plan.length && base.release_at && settings.release_at) {
    taken.plan = movedPlan(base.plan, Date.parse(settings.release_at) - Date.parse(base.release_at));
  }
  return taken;
}

async function change(settings) {
  const sent = changes(settings);
  if (!Object.keys(sent).length) return note("Nothing has changed.");
  const saved = await withVersion(data.room, version, (seen) => patch(`/rooms/${data.room}`, { ...sent, version: seen }));
  if (!saved) return say("Your changes are not saved yet.");
  take(saved);
  note("Saved. Fans' pages follow within seconds.", "good");
}

function take(room) {
  base = room;
  version = room.version;
  document.querySelector("h1").textContent = room.name;
  document.getElementById("meanwhile-note").hidden = true;
  fill(base);
  changed();
}

async function forget() {
  const waiting = base.lobby + base.waiting + base.active;
  const text = waiting
    ? `There are ${waiting} fans in this room. They lose their places, and the draw's proof is gone.`
    : "Nobody is in this room. Its settings, its logs and its draw are gone for good.";
  const isSure = await ask({ title: `Delete ${base.name}?`, text, go: "Delete the room", word: data.room, isDangerous: true });
  if (!isSure) return;
  try {
    isBusy = true;
    await remove(`/rooms/${data.room}`);
    location.assign("/");
  } catch (error) {
    isBusy = false;
    complain(explain(error));
  }
}

start();
