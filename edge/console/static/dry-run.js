// The dry run beside a form: the evening simulated with what is typed, again whenever that changes.

import { explain, fetchAs, post } from "./api.js";
import { draw } from "./dry-picture.js";
import { count, duration, percent, rate } from "./words.js";

const PAUSE_MS = 500;
const FIGURES = [
  ["The line is empty after", (run) => (run.drain_seconds === null ? "never" : duration(run.drain_seconds))],
  ["Half of the fans wait up to", (run) => wait(run.waits.p50)],
  ["Nine of ten wait up to", (run) => wait(run.waits.p90)],
  ["The longest waits (1 %) begin at", (run) => wait(run.waits.p99)],
  ["Most inside at once", (run) => `${count(run.peak_inside)}, after ${duration(run.peak_at_seconds)}`],
  ["Fans let in", (run) => `${count(run.entered)}, ${rate(run.entries_per_minute)} a minute`],
  ["Of the rate, used", (run) => percent(run.used_of_due)],
  ["Held back by the ceiling", (run) => `${percent(run.held_by_ceiling)} of the time`],
  ["Still waiting at the end", (run) => count(run.left_waiting)],
  ["Sold out after", (run) => (run.sold_out_seconds === null ? "not sold out" : duration(run.sold_out_seconds))],
];

function wait(seconds) {
  return seconds === null ? "–" : duration(seconds);
}

export class DryRun {
  #room;
  #read;
  #inForce = { key: "", outcome: null };
  #timer = null;
  #isRunning = false;
  #isStale = false;

  // `read` returns `{settings, crowd}` to try, or null while something typed is wrong; `isChanged` whether the settings
  // are not those in force.
  constructor(room, read) {
    this.#room = room;
    this.#read = read;
  }

  // Something was typed: run again when the typing has stopped.
  again() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#run(), PAUSE_MS);
  }

  // Another version is in force.
  forget() {
    this.#inForce = { key: "", outcome: null };
    this.again();
  }

  // The picture that the API draws, to be kept.
  async picture() {
    const { settings, crowd } = this.#read() ?? {};
    return (await fetchAs("image/svg+xml", `/rooms/${this.#room}/simulate`, { settings, crowd })).blob();
  }

  // One run at a time; what was typed meanwhile is run afterwards.
  async #run() {
    const tried = this.#read();
    if (tried === null) return say("The dry run waits until everything typed is right.", true);
    if (this.#isRunning) {
      this.#isStale = true;
      return;
    }
    this.#isRunning = true;
    say("Simulating …", true);
    try {
      const outcome = await this.#simulate(tried.settings, tried.crowd);
      const before = tried.isChanged ? await this.#ofThePlanInForce(tried.crowd) : null;
      show(outcome, before);
    } catch (error) {
      say(explain(error), true);
    } finally {
      this.#isRunning = false;
      if (this.#isStale) this.again();
      this.#isStale = false;
    }
  }

  #simulate(settings, crowd) {
    return post(`/rooms/${this.#room}/simulate`, { settings, crowd });
  }

  async #ofThePlanInForce(crowd) {
    const key = JSON.stringify(crowd);
    if (this.#inForce.key !== key) this.#inForce = { key, outcome: await this.#simulate({}, crowd) };
    return this.#inForce.outcome;
  }
}

function say(text, isStale) {
  const line = document.getElementById("dry-words");
  if (line.textContent !== text) line.textContent = text;
  document.getElementById("dry-run").classList.toggle("stale", isStale);
}

function show(outcome, before) {
  draw(document.getElementById("dry-picture"), outcome, before);
  const end = outcome.drain_seconds === null ? "The line is never empty" : `The line is empty after ${duration(outcome.drain_seconds)}`;
  say(`${end}; ${count(outcome.entered)} fans come in, at most ${count(outcome.peak_inside)} inside at once.`, false);
  const table = document.getElementById("dry-figures");
  table.querySelector("thead .before").hidden = before === null;
  const rows = FIGURES.map(([name, write]) => row(name, write(outcome), before && write(before)));
  table.querySelector("tbody").replaceChildren(...rows);
  document.getElementById("dry-keep").disabled = false;
}

function row(name, now, before) {
  const line = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = name;
  const cells = [now, before].filter((text) => text !== null).map((text, place) => {
    const cell = document.createElement("td");
    cell.textContent = text;
    if (place === 0 && before !== null && before !== now) cell.className = "differs";
    return cell;
  });
  line.append(head, ...cells);
  return line;
}
