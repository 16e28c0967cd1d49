// Charts of our own: lines over time with their limit, what happened marked on them, a readout for pointer and keyboard,
// and the same as a table. Drawn anew once a second; the picture itself is hidden from screen readers, which have the
// readout's words and the table.

import { clock, shortClock } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 148;
const TOP = 22;
const BOTTOM = 20;
const RIGHT = 10;
const MOST_SPOTS = 360;
const GAP_MS = 35_000;
const MARK_GAP = 15;
const NEAR = 9;
const TABLE_ROWS = 16;
const ROUND = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10];
const TICKS_MS = [30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400].map((seconds) => seconds * 1000);
const SIGNS = {
  paused: "‖", resumed: "▶", rate: "R", ceiling: "C", slowed: "▼", recovered: "▲", phase: "◆", step: "P", plan: "P",
  message: "✎", sold_out: "■", closing: "■", release: "▶", loss: "!", beacon_waived: "!",
};

function make(name, attributes = {}, parent = null) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent?.append(element);
  return element;
}

// The next round number of two digits at most; 1 for nothing.
export function roundUp(number) {
  let power = 1;
  while (power * 10 < number) power *= 10;
  return (ROUND.find((step) => step * power >= number) ?? 10) * power;
}

// One spot at most for each stretch of the time shown, always the last of it, so that the line does not tremble.
export function thin(rows, from, to) {
  const stretch = Math.max(1000, (to - from) / MOST_SPOTS);
  const kept = [];
  for (const row of rows) {
    if (row.at_ms < from - 2 * GAP_MS || row.at_ms > to) continue;
    const last = kept[kept.length - 1];
    if (last && Math.floor(last.at_ms / stretch) === Math.floor(row.at_ms / stretch)) kept[kept.length - 1] = row;
    else kept.push(row);
  }
  return kept;
}

export class Chart {
  #rows = [];
  #happenings = [];
  #from = 0;
  #to = 1;
  #most = 1;
  #chosen = null;

  // `figure` has the frame; `lines` are {key, name, kind}: kind is "area", "line", "limit" or "band" (key and to).
  constructor(figure, { name, lines, format }) {
    this.figure = figure;
    this.name = name;
    this.lines = lines;
    this.format = format;
    this.readout = figure.querySelector(".readout");
    this.plot = figure.querySelector(".plot");
    this.svg = make("svg", { "aria-hidden": "true", focusable: "false" }, this.plot);
    this.back = make("g", { class: "back" }, this.svg);
    this.paths = lines.map((line) => ({ line, fill: this.#path(line, "fill"), stroke: this.#path(line, "stroke") }));
    this.marks = make("g", { class: "marks" }, this.svg);
    this.cross = make("line", { class: "cross", y1: TOP, y2: HEIGHT - BOTTOM }, this.svg);
    this.cross.style.setProperty("display", "none");
    this.#listen();
    new ResizeObserver(() => this.#paint()).observe(this.plot);
  }

  #path(line, part) {
    const isFilled = line.kind === "area" || line.kind === "band";
    if (part === "fill") return isFilled ? make("path", { class: `fill ${line.kind}` }, this.svg) : null;
    return line.kind === "band" ? null : make("path", { class: `stroke ${line.kind}` }, this.svg);
  }

  #listen() {
    this.plot.addEventListener("pointermove", (event) => {
      const box = this.plot.getBoundingClientRect();
      this.#choose(this.#nearest(this.#timeAt(event.clientX - box.left)));
    });
    this.plot.addEventListener("pointerleave", () => this.#choose(null));
    this.plot.addEventListener("blur", () => this.#choose(null));
    this.plot.addEventListener("focus", () => this.#choose(this.#rows.length - 1));
    this.plot.addEventListener("keydown", (event) => this.#onKey(event));
    this.figure.querySelector("details").addEventListener("toggle", () => this.#fillTable());
  }

  #onKey(event) {
    const last = this.#rows.length - 1;
    const here = this.#chosen === null ? last : this.#nearest(this.#chosen);
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -last, End: last };
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.#choose(Math.max(0, Math.min(last, here + steps[event.key])));
  }

  // Show these rows; `from` and `to` are the ends of the time axis.
  show(rows, happenings, from, to) {
    this.#rows = thin(rows, from, to);
    this.#happenings = happenings.filter((each) => each.at_ms >= from && each.at_ms <= to);
    this.#from = from;
    this.#to = to;
    this.figure.hidden = !this.#rows.some((row) => this.lines.some((line) => line.kind !== "limit" && row[line.key] !== null));
    this.#paint();
  }

  #paint() {
    const width = this.plot.clientWidth;
    if (!width || this.figure.hidden) return;
    this.width = width;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.#most = roundUp(this.#highest());
    this.left = 12 + 7 * Math.max(this.format(this.#most).length, this.format(this.#most / 2).length);
    this.#paintBack();
    for (const { line, fill, stroke } of this.paths) {
      stroke?.setAttribute("d", this.#lineOf(line.key, line.kind === "limit"));
      fill?.setAttribute("d", line.kind === "band" ? this.#bandOf(line) : this.#areaOf(line.key));
    }
    this.#paintMarks();
    this.#tell();
  }

  #highest() {
    let most = 0;
    for (const row of this.#rows) for (const { key, to } of this.lines) most = Math.max(most, row[key] ?? 0, to ? row[to] ?? 0 : 0);
    return most * 1.04;
  }

  #x(at) {
    return this.left + ((at - this.#from) / (this.#to - this.#from)) * (this.width - this.left - RIGHT);
  }

  #y(value) {
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.max(0, value) / this.#most);
  }

  #timeAt(x) {
    return this.#from + ((x - this.left) / (this.width - this.left - RIGHT)) * (this.#to - this.#from);
  }

  #paintBack() {
    this.back.replaceChildren();
    for (const part of [0, 0.5, 1]) {
      const y = this.#y(this.#most * part);
      make("line", { class: part ? "grid" : "axis", x1: this.left, x2: this.width - RIGHT, y1: y, y2: y }, this.back);
      make("text", { class: "end", x: this.left - 7, y: y + 4 }, this.back).textContent = this.format(this.#most * part);
    }
    const span = this.#to - this.#from;
    const every = TICKS_MS.find((step) => span / step <= (this.width - this.left) / 62) ?? TICKS_MS[TICKS_MS.length - 1];
    for (let at = Math.ceil(this.#from / every) * every; at <= this.#to; at += every) {
      const x = this.#x(at);
      const half = every < 60_000 ? 26 : 16;
      if (x < this.left + half || x > this.width - half) continue;
      make("line", { class: "axis", x1: x, x2: x, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM + 4 }, this.back);
      make("text", { class: "middle", x, y: HEIGHT - 3 }, this.back).textContent = every < 60_000 ? clock(at) : shortClock(at);
    }
  }

  #lineOf(key, isStepped) {
    let path = "";
    let before = null;
    for (const row of this.#rows) {
      if (row[key] === null) {
        before = null;
        continue;
      }
      const x = Math.max(this.left, this.#x(row.at_ms)).toFixed(1);
      const y = this.#y(row[key]).toFixed(1);
      if (!before || row.at_ms - before.at_ms > GAP_MS) path += `M${x} ${y}`;
      else path += isStepped ? `H${x}V${y}` : `L${x} ${y}`;
      before = row;
    }
    return path;
  }

  #areaOf(key) {
    const base = this.#y(0);
    return this.#lineOf(key, false).split("M").filter(Boolean).map((piece) => {
      const spots = piece.split("L");
      return `M${spots[0].split(" ")[0]} ${base}L${spots.join("L")}L${spots[spots.length - 1].split(" ")[0]} ${base}Z`;
    }).join("");
  }

  #bandOf({ key, to }) {
    const known = this.#rows.filter((row) => row[key] !== null && row[to] !== null);
    if (known.length < 2) return "";
    const spot = (row, name) => `${Math.max(this.left, this.#x(row.at_ms)).toFixed(1)} ${this.#y(row[name]).toFixed(1)}`;
    return `M${known.map((row) => spot(row, to)).join("L")}L${known.reverse().map((row) => spot(row, key)).join("L")}Z`;
  }

  #paintMarks() {
    this.marks.replaceChildren();
    let last = -Infinity;
    for (const happening of this.#happenings) {
      const x = this.#x(happening.at_ms);
      if (x < this.left) continue;
      make("line", { class: `mark ${happening.kind}`, x1: x, x2: x, y1: TOP - 4, y2: HEIGHT - BOTTOM }, this.marks);
      if (x - last < MARK_GAP) continue;
      make("circle", { class: `mark ${happening.kind}`, cx: x, cy: 10, r: 8 }, this.marks);
      make("text", { class: `sign ${happening.kind}`, x, y: 14 }, this.marks).textContent = SIGNS[happening.kind] ?? "•";
      last = x;
    }
  }

  #nearest(at) {
    if (!this.#rows.length) return null;
    return this.#rows.reduce((best, row, place) => (Math.abs(row.at_ms - at) < Math.abs(this.#rows[best].at_ms - at) ? place : best), 0);
  }

  #choose(place) {
    this.#chosen = place === null ? null : this.#rows[place]?.at_ms ?? null;
    this.#tell();
  }

  #tell() {
    const last = this.#rows[this.#rows.length - 1];
    const row = this.#chosen === null ? last : this.#rows[this.#nearest(this.#chosen)];
    if (!row) return;
    const isChosen = this.#chosen !== null && row !== undefined;
    const words = this.#inWords(row, isChosen);
    this.readout.textContent = words;
    this.cross.style.setProperty("display", isChosen ? "" : "none");
    for (const end of ["x1", "x2"]) this.cross.setAttribute(end, this.#x(row.at_ms));
    this.plot.setAttribute("aria-valuemin", String(this.#rows[0].at_ms));
    this.plot.setAttribute("aria-valuemax", String(last.at_ms));
    this.plot.setAttribute("aria-valuenow", String(row.at_ms));
    // What a screen reader is told changes by its reader's hand alone, not every second.
    if (isChosen || !this.plot.hasAttribute("aria-valuetext")) this.plot.setAttribute("aria-valuetext", words);
  }

  #inWords(row, isChosen) {
    const values = this.lines.map((line) => `${line.name} ${this.#value(row, line)}`);
    const x = this.#x(row.at_ms);
    const near = isChosen ? this.#happenings.filter((each) => Math.abs(this.#x(each.at_ms) - x) < NEAR) : [];
    const told = near.slice(0, 3).map((each) => (each.by ? `${each.text} (${each.by})` : each.text));
    return [...(isChosen ? [clock(row.at_ms)] : []), ...values, ...told].join(" · ");
  }

  #value(row, { key, to }) {
    if (row[key] === null) return "–";
    return to ? `${this.format(row[key])} to ${this.format(row[to])}` : this.format(row[key]);
  }

  // The same as a table: as many rows as one reads, over the time shown.
  #fillTable() {
    const details = this.figure.querySelector("details");
    if (!details.open) return;
    const table = details.querySelector("table");
    const every = Math.max(1, Math.ceil(this.#rows.length / TABLE_ROWS));
    const rows = this.#rows.filter((_, place) => (this.#rows.length - 1 - place) % every === 0).reverse();
    table.tBodies[0].replaceChildren(...rows.map((row) => this.#tableRow(row)));
  }

  #tableRow(row) {
    const line = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = clock(row.at_ms);
    line.append(head);
    for (const each of this.lines) {
      const cell = document.createElement("td");
      cell.className = "end";
      cell.textContent = this.#value(row, each);
      line.append(cell);
    }
    return line;
  }
}
