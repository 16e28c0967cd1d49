// Presale codes: made, shown once, kept by who made them; and what there is.

import { clearErrors, explain, get, post, Refused, showErrors } from "./api.js";
import { ask, open } from "./dialogs.js";
import { wake } from "./asleep.js";
import { complain } from "./form-words.js";
import { note } from "./notes.js";
import { count } from "./words.js";

const data = JSON.parse(document.getElementById("form-data").textContent);
const form = document.getElementById("codes-form");
const address = `/rooms/${data.room}/codes`;
let isBusy = false;
let isKept = true;

form.addEventListener("change", turn);
form.elements.uses.addEventListener("input", () => {
  form.elements.limit.value = "some";
});
form.addEventListener("submit", make);
wake(form);
document.getElementById("made-copy").addEventListener("click", copy);
document.getElementById("made-save").addEventListener("click", download);
addEventListener("beforeunload", (event) => {
  if (!isKept) event.preventDefault();
});
look();

function turn() {
  const isRandom = form.elements.kind.value === "random";
  document.querySelector(".of-random").hidden = !isRandom;
  document.querySelector(".of-words").hidden = isRandom;
}

async function look() {
  const { codes } = await get(address);
  const rows = codes.map(({ tier, uses_left: uses, count: number }) => row(tier, uses === null ? "any number" : uses === 0 ? "used up" : count(uses), number));
  const table = document.getElementById("codes-table");
  table.querySelector("tbody").replaceChildren(...rows);
  table.hidden = codes.length === 0;
  table.querySelector("tfoot").hidden = codes.length < 2;
  document.getElementById("codes-sum").textContent = count(codes.reduce((sum, each) => sum + each.count, 0));
  document.getElementById("no-codes").hidden = codes.length > 0;
}

function row(tier, uses, number) {
  const line = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = tier;
  const cells = [uses, count(number)].map((text) => {
    const cell = document.createElement("td");
    cell.textContent = text;
    return cell;
  });
  cells[1].className = "end";
  line.append(head, ...cells);
  return line;
}

async function make(event) {
  event.preventDefault();
  if (isBusy) return;
  clearErrors(form);
  complain("");
  const body = read();
  const wrong = check(body);
  if (wrong.length) return showErrors(form, wrong);
  if (body.words && body.uses === null && !(await isSure(body.words.length))) return;
  isBusy = true;
  try {
    const made = await post(address, body);
    if (made.codes) await show(made);
    else note(`${count(made.new)} ${made.new === 1 ? "word is" : "words are"} new${made.new < body.words.length ? "; the others were there already and stay as they are" : ""}.`, "good");
    await look();
  } catch (error) {
    const homeless = error instanceof Refused ? showErrors(form, error.errors) : [];
    if (!(error instanceof Refused) || !error.errors.length || homeless.length) complain(explain(error));
  } finally {
    isBusy = false;
  }
}

function read() {
  const number = (name) => (Number.isFinite(form.elements[name].valueAsNumber) ? form.elements[name].valueAsNumber : null);
  const terms = { tier: number("tier"), uses: form.elements.limit.value === "any" ? null : number("uses") };
  if (form.elements.kind.value === "random") return { count: number("count"), ...terms };
  const words = form.elements.words.value.split(/\r?\n/).map((word) => word.trim()).filter(Boolean);
  return { words, ...terms };
}

// What the API would say less clearly; it checks everything itself.
function check(body) {
  const wrong = [];
  if (body.count === null) wrong.push({ field: "count", problem: "needs a number" });
  if (body.words && !body.words.length) wrong.push({ field: "words", problem: "needs a word at least" });
  if (body.tier === null) wrong.push({ field: "tier", problem: "needs a number from 0 to 7" });
  if (body.uses === null && form.elements.limit.value === "some") wrong.push({ field: "uses", problem: "needs a number, 1 at least" });
  return wrong;
}

function isSure(number) {
  const what = number === 1 ? "This word" : `Each of these ${number} words`;
  return ask({ title: "Without a limit?", text: `${what} lets in everybody who hears of it, as often as they like.`, go: "Make it so" });
}

async function show(made) {
  const dialog = document.getElementById("made");
  const area = document.getElementById("made-codes");
  const uses = made.uses === null ? "for any number of uses" : made.uses === 1 ? "for one use each" : `for ${count(made.uses)} uses each`;
  document.getElementById("made-title").textContent = `${count(made.new)} ${made.new === 1 ? "code" : "codes"} of tier ${made.tier}, ${uses}`;
  area.value = made.codes.join("\n");
  area.dataset.tier = made.tier;
  area.dataset.uses = made.uses ?? "";
  tell("");
  isKept = false;
  const onCancel = (event) => {
    if (!isKept) event.preventDefault();
    if (!isKept) tell("Not kept yet: download or copy the codes first. Close throws them away.");
  };
  dialog.addEventListener("cancel", onCancel);
  await open(dialog, { first: document.getElementById("made-save"), mayGo: mayClose });
  dialog.removeEventListener("cancel", onCancel);
  area.value = "";
  isKept = true;
}

// Who has not kept them presses twice.
function mayClose() {
  if (isKept) return true;
  isKept = true;
  tell("Not kept yet: download or copy the codes first, or press Close again to throw them away.");
  return false;
}

async function copy() {
  const area = document.getElementById("made-codes");
  try {
    await navigator.clipboard.writeText(area.value);
    isKept = true;
    tell("Copied.");
  } catch {
    // Without HTTPS there is no clipboard: the marked text can still be copied by hand.
    area.focus();
    area.select();
    tell("Copying is not allowed here: the codes are marked, copy them by the keyboard.");
  }
}

function download() {
  const area = document.getElementById("made-codes");
  const lines = area.value.split("\n").map((code) => `${code},${area.dataset.tier},${area.dataset.uses}`);
  const file = new Blob([["code,tier,uses", ...lines, ""].join("\r\n")], { type: "text/csv" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `codes-${data.room}-tier-${area.dataset.tier}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
  isKept = true;
  tell("The file is on its way to your downloads.");
}

function tell(text) {
  document.getElementById("made-words").textContent = text || " ";
}
