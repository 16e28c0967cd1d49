// Branding: words, logo, colours and links, with the fan's page beside them in each state, before anything is saved.

import { clearErrors, explain, patch, Refused, remove } from "./api.js";
import { wake } from "./asleep.js";
import { contrast, isColour, nearestPassing, PARTS, TEXT } from "./contrast.js";
import { complain, say } from "./form-words.js";
import { watch } from "./meanwhile.js";
import { note } from "./notes.js";
import { putLogo, readLogo } from "./logo.js";
import { Preview } from "./preview.js";
import { may } from "./roles.js";
import { same } from "./room-values.js";
import { withVersion } from "./versions.js";

const COLOURS = ["accent", "ground", "ink"];
const MOST_LINKS = 4;
const data = JSON.parse(document.getElementById("form-data").textContent);
const own = data.own_colours;
const form = document.getElementById("branding-form");
const links = document.getElementById("links");
const preview = new Preview(data.room, told);
let base = data.document;
// A picture that was chosen and is not saved yet (`{file, url}`), "none" to take the logo away, or null.
let logo = null;
let isBusy = false;

function start() {
  for (const name of COLOURS) {
    const [eye, text] = inputsOf(name);
    eye.addEventListener("input", () => {
      text.value = eye.value;
    });
    text.addEventListener("input", () => {
      if (isColour(valueOf(name))) eye.value = valueOf(name);
    });
    boxOf(name).querySelector(".nearest").addEventListener("click", (event) => {
      text.value = event.currentTarget.dataset.colour;
      eye.value = text.value;
      text.focus();
      changed();
    });
  }
  form.addEventListener("input", changed);
  form.addEventListener("submit", save);
  document.getElementById("add").addEventListener("click", () => addLink({ label: "", url: "" }).querySelector("input").focus());
  document.getElementById("undo").addEventListener("click", () => {
    fill();
    form.elements.name.focus();
  });
  document.getElementById("logo").addEventListener("change", chooseLogo);
  document.getElementById("no-more-logo").addEventListener("click", () => {
    logo = base.branding?.logo ? "none" : null;
    document.getElementById("logo").value = "";
    changed();
    document.getElementById("logo").focus();
  });
  addEventListener("beforeunload", (event) => {
    if (isTouched() && !isBusy) event.preventDefault();
  });
  document.addEventListener("role-taken", changed);
  fill();
  wake(form);
  watch(data.room, { version: () => base.version, isTouched, isBusy: () => isBusy, take });
}

function boxOf(name) {
  return form.querySelector(`[data-colour="${name}"]`);
}

function inputsOf(name) {
  return boxOf(name).querySelectorAll("input");
}

function valueOf(name) {
  return inputsOf(name)[1].value.trim().toLowerCase();
}

function fill() {
  const branding = base.branding ?? {};
  form.elements.name.value = base.name;
  form.elements.message.value = base.message;
  form.elements["branding.name"].value = branding.name ?? "";
  form.elements["own-colours"].checked = Boolean(branding.colours);
  for (const name of COLOURS) {
    const [eye, text] = inputsOf(name);
    eye.value = text.value = branding.colours?.[name] ?? own[name];
  }
  links.replaceChildren();
  for (const link of branding.links ?? []) addLink(link);
  logo = null;
  document.getElementById("logo").value = "";
  clearErrors(form);
  changed();
}

function addLink(link) {
  const row = document.getElementById("link").content.firstElementChild.cloneNode(true);
  for (const control of row.querySelectorAll("[data-needs]")) control.disabled = !may(control.dataset.needs);
  const place = crypto.randomUUID ? crypto.randomUUID() : String(Math.random());
  for (const part of row.querySelectorAll("[data-part]")) {
    const input = part.querySelector("input");
    const line = part.querySelector(".wrong");
    input.id = `${place}-${part.dataset.part}`;
    part.querySelector("label").htmlFor = input.id;
    line.id = `${input.id}-wrong`;
    input.setAttribute("aria-describedby", line.id);
    input.value = link[part.dataset.part];
  }
  row.querySelector("[data-remove]").addEventListener("click", () => {
    row.remove();
    document.getElementById("add").focus();
    changed();
  });
  links.append(row);
  changed();
  return row;
}

// What the form says, as the API takes it; for a preview without links that are still being typed.
function read({ isWhole = true } = {}) {
  const colour = (name) => (valueOf(name) === own[name] ? null : valueOf(name));
  const colours = form.elements["own-colours"].checked ? { accent: valueOf("accent"), ground: colour("ground"), ink: colour("ink") } : null;
  const branding = {
    name: form.elements["branding.name"].value.trim() || null,
    logo: logo === "none" ? null : base.branding?.logo ?? null,
    colours,
    links: readLinks().filter(({ label, url }) => (isWhole ? label || url : label && /^https:\/\/[^/]+\.\w/.test(url))),
  };
  const isPlain = !branding.name && !branding.logo && !colours && !branding.links.length;
  return { name: form.elements.name.value.trim(), message: form.elements.message.value.trim(), branding: isPlain ? null : branding };
}

function readLinks() {
  const of = (row, name) => row.querySelector(`[data-name="${name}"]`).value.trim();
  return [...links.children].map((row) => ({ label: of(row, "label"), url: of(row, "url") }));
}

function changes(how) {
  return Object.fromEntries(Object.entries(read(how)).filter(([name, value]) => !same(name, value, base[name])));
}

function isTouched() {
  return logo !== null || Object.keys(changes()).length > 0;
}

function changed() {
  document.getElementById("colours").hidden = !form.elements["own-colours"].checked;
  document.getElementById("add").disabled = links.children.length >= MOST_LINKS || !may("operator");
  for (const name of COLOURS) tellContrast(name);
  showLogo();
  const isOther = isTouched();
  say(isOther ? "Not saved yet: fans see it when you save." : "No changes.");
  document.getElementById("undo").disabled = !isOther;
  const picture = logo?.url ?? null;
  const draft = changes({ isWhole: false });
  preview.show({ draft: Object.keys(draft).length ? draft : null, logo: picture, ownName: read().branding?.name ?? "" });
}

// The contrast of a colour with what it stands on, and the nearest that passes where it does not.
function tellContrast(name) {
  const line = document.getElementById(`ratio-${name}`);
  const button = boxOf(name).querySelector(".nearest");
  button.hidden = true;
  line.className = "ratio small";
  const ground = valueOf("ground");
  if (!isColour(valueOf(name))) {
    line.textContent = "Six hex digits, like #2440c4.";
    return;
  }
  if (!isColour(ground) || name === "ground") {
    line.textContent = "";
    return;
  }
  const least = name === "ink" ? TEXT : PARTS;
  const ratio = contrast(valueOf(name), ground);
  const told = `${Math.floor(ratio * 100) / 100} to 1 on the ground`;
  if (ratio >= least) {
    line.classList.add("good");
    line.textContent = `✓ ${told}; ${least} is needed.`;
    return;
  }
  const nearest = nearestPassing(valueOf(name), [ground], least);
  line.textContent = `✗ ${told}; ${least} is needed.`;
  button.dataset.colour = nearest;
  const swatch = document.createElement("i");
  swatch.style.setProperty("--swatch", nearest);
  button.replaceChildren(swatch, `Take ${nearest}, the nearest that passes`);
  button.hidden = false;
}

function showLogo() {
  const kept = base.branding?.logo;
  const url = logo === "none" ? null : logo?.url ?? (kept ? `/v1/admin/rooms/${data.room}/logo?${kept}` : null);
  document.getElementById("logos").hidden = !url;
  document.getElementById("no-logo").hidden = Boolean(url);
  document.getElementById("no-more-logo").hidden = !url;
  if (url) for (const picture of document.querySelectorAll("#logos img")) if (picture.getAttribute("src") !== url) picture.src = url;
}

async function chooseLogo(event) {
  const line = document.getElementById("wrong-logo");
  line.hidden = true;
  const file = event.target.files[0];
  if (!file) return;
  try {
    logo = await readLogo(file);
  } catch (wrong) {
    event.target.value = "";
    line.textContent = wrong.message;
    line.hidden = false;
    event.target.focus();
  }
  changed();
}

// The preview's word on a draft: what the API would refuse stands at its field at once.
function told(errors) {
  clearMine();
  if (errors.length) place(errors, { isFocused: false });
}

function clearMine() {
  for (const line of form.querySelectorAll(".wrong:not(#wrong-logo)")) line.hidden = true;
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
}

// Errors at their fields; "branding.links.1.url" is a part of the second link. Returns those that have no field.
function place(errors, { isFocused }) {
  const homeless = [];
  let first = null;
  for (const { field, problem } of errors) {
    const spot = spotOf(field, problem);
    if (!spot) {
      homeless.push({ field, problem });
      continue;
    }
    const line = spot.querySelector(".wrong");
    line.textContent = `${inWords(problem)}.`;
    line.hidden = false;
    const control = spot.querySelector("input:not([type=color]), textarea");
    control?.setAttribute("aria-invalid", "true");
    first ??= control;
  }
  if (isFocused) first?.focus();
  return homeless;
}

function inWords(problem) {
  return problem.includes("match pattern") ? "six hex digits are needed, like #2440c4" : problem.replace(/^Value error, /, "");
}

function spotOf(field, problem) {
  // A contrast that is too low is told of the colours together, and begins with the name of the one that is meant.
  const [, which] = /^(?:Value error, )?(accent|ink) #/.exec(problem) ?? [];
  if (which && field === "branding.colours") return boxOf(which);
  const [, at, part] = /^branding\.links\.(\d+)\.(\w+)$/.exec(field) ?? [];
  if (part) return sentRows()[at]?.querySelector(`[data-part="${part}"]`);
  return form.querySelector(`[data-field="${CSS.escape(field)}"]`);
}

// Empty rows are not sent, so the second link of the API may be the third row.
function sentRows() {
  const read = readLinks();
  return [...links.children].filter((_, at) => read[at].label || read[at].url);
}

async function save(event) {
  event.preventDefault();
  if (isBusy) return;
  complain("");
  clearMine();
  if (!isTouched()) return note("Nothing has changed.");
  isBusy = true;
  document.getElementById("go").setAttribute("aria-busy", "true");
  try {
    if (await send()) note("Saved. Fans' pages follow within seconds.", "good");
    else say("The branding is not saved yet.");
  } catch (error) {
    const homeless = error instanceof Refused ? place(error.errors, { isFocused: true }) : [];
    if (!(error instanceof Refused) || !error.errors.length || homeless.length) complain(explain(error));
  } finally {
    isBusy = false;
    document.getElementById("go").removeAttribute("aria-busy");
  }
}

// The words first, since they may be refused; then the picture, which then changes nothing else.
async function send() {
  let room = base;
  const sent = changes();
  if (logo === "none" && sent.branding) sent.branding.logo = base.branding.logo;
  if (Object.keys(sent).length) {
    room = await withVersion(data.room, base.version, (version) => patch(`/rooms/${data.room}`, { ...sent, version }));
    if (!room) return false;
  }
  if (logo === "none") room = await remove(`/rooms/${data.room}/logo`);
  else if (logo) room = await putLogo(data.room, logo.file);
  take(room);
  return true;
}

function take(room) {
  base = room;
  document.querySelector("h1").textContent = room.name;
  document.getElementById("meanwhile-note").hidden = true;
  fill();
}

start();
