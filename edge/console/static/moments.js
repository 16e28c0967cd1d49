// Fields for a moment: typed as date and time of the chosen zone, told at once in UTC, in that zone and in one's own.

import { duration } from "./words.js";
import { offsetName, own, resolve, toLocal } from "./zones.js";

const DAY = { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" };

// One field; `past` says what a moment means that is over, unless it `isThere` already. `onChange` is called whenever the moment may be another.
export class MomentField {
  #box;
  #input;
  #zone;
  #past;
  #isThere;
  #onChange;
  // The moment that the field was filled with, as long as nothing else was typed: it keeps its milliseconds.
  #given = null;
  #chosen = null;

  constructor(box, { zone, past = "", isThere = false, onChange = () => {} }) {
    this.#box = box;
    this.#input = box.querySelector("input");
    this.#zone = zone;
    this.#past = past;
    this.#isThere = isThere;
    this.#onChange = onChange;
    this.#input.addEventListener("input", () => this.#typed());
    box.querySelector("[data-clear]")?.addEventListener("click", () => {
      this.fill(null);
      this.#input.focus();
      onChange();
    });
  }

  get zone() {
    return this.#zone;
  }

  // Show a moment (milliseconds, or null for none).
  fill(at) {
    this.#given = at;
    this.#chosen = null;
    this.#input.value = at === null ? "" : toLocal(at, this.#zone);
    this.#show();
  }

  // Show a clock time as it was typed.
  type(local) {
    this.#given = null;
    this.#chosen = null;
    this.#input.value = local;
    this.#show();
  }

  // Another zone: what was filled in keeps its moment, what was typed keeps its clock time.
  changeZone(zone) {
    this.#zone = zone;
    this.#chosen = null;
    if (this.#given !== null) this.#input.value = toLocal(this.#given, zone);
    this.#show();
  }

  // `{at}`, or `{problem}` in words. An empty field is `{at: null}`.
  read() {
    if (this.#given !== null) return { at: this.#given };
    if (this.#input.value === "") return this.#input.validity.badInput ? { problem: "is no full date and time" } : { at: null };
    const found = resolve(this.#input.value, this.#zone);
    if (found.kind === "one") return { at: found.at };
    if (found.kind === "twice" && this.#chosen !== null) return { at: found.ats[this.#chosen] };
    if (found.kind === "none") return { problem: "is no date and time" };
    return { problem: found.kind === "twice" ? "say which of the two is meant" : "does not exist in this zone: choose another" };
  }

  #typed() {
    this.#given = null;
    this.#chosen = null;
    this.#show();
    this.#onChange();
  }

  #show() {
    const { at } = this.read();
    const readout = this.#box.querySelector(".clocks");
    readout.replaceChildren();
    if (at !== undefined && at !== null) this.#tell(readout, at);
    this.#offer();
  }

  #tell(readout, at) {
    const seen = new Set();
    for (const [zone, words] of [["UTC", "UTC"], [this.#zone, nameOf(this.#zone)], [own, "your own clock"]]) {
      if (seen.has(zone)) continue;
      seen.add(zone);
      const line = document.createElement("li");
      const time = document.createElement("b");
      time.textContent = inZone(at, zone);
      line.append(time, ` ${zone === "UTC" ? "UTC" : `${words}, ${offsetName(at, zone)}`}`);
      readout.append(line);
    }
    const left = (at - Date.now()) / 1000;
    const line = document.createElement("li");
    const isOld = this.#isThere && this.#given !== null;
    line.className = left < 0 && !isOld ? "past" : "soft";
    const over = isOld ? `${duration(-left)} ago` : `This is in the past. ${this.#past}`;
    line.textContent = left < 0 ? over : `in ${duration(left)}`;
    readout.append(line);
  }

  // Where clocks are changed, the organizer says what is meant.
  #offer() {
    const choice = this.#box.querySelector(".choice");
    const found = this.#given === null ? resolve(this.#input.value, this.#zone) : { kind: "one" };
    choice.hidden = !["twice", "never"].includes(found.kind);
    choice.replaceChildren();
    if (choice.hidden) return;
    const legend = document.createElement("legend");
    const clock = this.#input.value.slice(11);
    const where = nameOf(this.#zone);
    legend.textContent =
      found.kind === "twice"
        ? `Clocks go back that night: in ${where} it is ${clock} twice. Which one?`
        : `Clocks go forward that night: in ${where} it is never ${clock}. Which time instead?`;
    choice.append(legend, ...found.ats.map((at, place) => this.#option(found.kind, at, place)));
  }

  #option(kind, at, place) {
    const label = document.createElement("label");
    label.className = "check";
    const radio = document.createElement("input");
    radio.type = "radio";
    radio.name = `${this.#input.name}-choice`;
    radio.checked = this.#chosen === place;
    radio.addEventListener("change", () => {
      if (kind === "twice") this.#chosen = place;
      else this.#input.value = toLocal(at, this.#zone);
      this.#tellChosen(kind);
    });
    const which = kind === "twice" ? ["The first", "The second"][place] : toLocal(at, this.#zone).slice(11);
    label.append(radio, `${which} (${offsetName(at, this.#zone)}), ${inZone(at, "UTC")} UTC`);
    return label;
  }

  #tellChosen(kind) {
    const readout = this.#box.querySelector(".clocks");
    readout.replaceChildren();
    const { at } = this.read();
    if (at !== undefined && at !== null) this.#tell(readout, at);
    if (kind === "never") {
      this.#offer();
      this.#input.focus();
    }
    this.#onChange();
  }
}

// "Berlin" of "Europe/Berlin".
export function nameOf(zone) {
  return zone.split("/").pop().replaceAll("_", " ");
}

export function inZone(at, zone) {
  return new Intl.DateTimeFormat("en-GB", { ...DAY, timeZone: zone }).format(at);
}
