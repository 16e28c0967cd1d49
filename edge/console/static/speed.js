// Rate and ceiling: by slider and by number, with the effect foretold before it is applied.

import { call, clearErrors, explain, patch, Refused, showErrors } from "./api.js";
import { wake } from "./asleep.js";
import { ask } from "./dialogs.js";
import { note } from "./notes.js";
import { may } from "./roles.js";
import { setBy } from "./standing.js";
import { withVersion } from "./versions.js";
import { about, count, name as nameOf, percent, rate as rateOf } from "./words.js";

const DEBOUNCE_MS = 220;
const REFRESH_MS = 5000;
const STEPS = 1000;
const BOUNDS = { rate: "the rate", ceiling: "the ceiling", shut: "nobody gets in", nothing: "nobody waits" };
const MOST = { rate: 60_000, ceiling: 200_000 };

// The slider is logarithmic, 0 at its left end: as much room from 10 to 100 as from 1,000 to 10,000.
export function toValue(step, most) {
  if (step <= 0) return 0;
  const value = most ** (step / STEPS);
  const power = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.max(1, Math.round(value / power) * power);
}

export function toStep(value, most) {
  return value < 1 ? 0 : Math.max(1, Math.min(STEPS, Math.round((Math.log(value) / Math.log(most)) * STEPS)));
}

export class Speed {
  #room = null;
  #seen = null;
  #timer = null;
  #asked = 0;
  #lastAsked = 0;

  constructor(form, { onChanged }) {
    this.form = form;
    this.onChanged = onChanged;
    this.inputs = { rate: form.querySelector("#rate"), ceiling: form.querySelector("#ceiling") };
    this.sliders = { rate: form.querySelector("#rate-slider"), ceiling: form.querySelector("#ceiling-slider") };
    for (const which of ["rate", "ceiling"]) {
      this.sliders[which].addEventListener("input", () => {
        this.inputs[which].value = toValue(Number(this.sliders[which].value), MOST[which]);
        this.#edited();
      });
      this.inputs[which].addEventListener("input", () => {
        this.#moveSlider(which);
        this.#edited();
      });
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#apply();
    });
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      this.#takeOver();
    });
    document.addEventListener("role-taken", () => this.#paint());
  }

  get #isDirty() {
    return this.#seen !== null;
  }

  // The room as it is now. What is being edited stays as it was typed; that somebody was faster is said beside it.
  show(room, changes) {
    const isFirst = this.#room === null;
    this.#room = room;
    wake(this.form);
    if (!this.#isDirty) this.#fill();
    else this.#tellOvertaken(changes);
    this.#paint();
    if (isFirst || Date.now() - this.#lastAsked > REFRESH_MS) this.#foretell();
  }

  #fill() {
    this.inputs.rate.value = round(this.#room.in_force.planned_per_minute);
    this.inputs.ceiling.value = this.#room.in_force.total_active_users;
    this.#moveSlider("rate");
    this.#moveSlider("ceiling");
  }

  #moveSlider(which) {
    const slider = this.sliders[which];
    const value = Number(this.inputs[which].value);
    slider.value = toStep(value, MOST[which]);
    slider.setAttribute("aria-valuetext", which === "rate" ? `${rateOf(value)} a minute` : `${count(value)} inside`);
  }

  #edited() {
    for (const which of ["rate", "ceiling"]) this.#moveSlider(which);
    clearErrors(this.form);
    if (Object.keys(this.#wanted()).length === 0) {
      this.#takeOver();
      return;
    }
    this.#seen ??= this.#room.version;
    this.#paint();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#foretell(), DEBOUNCE_MS);
  }

  #takeOver() {
    this.#seen = null;
    this.form.querySelector("#overtaken").hidden = true;
    clearErrors(this.form);
    this.#fill();
    this.#paint();
    this.#foretell();
  }

  #wanted() {
    const { planned_per_minute: rate, total_active_users: ceiling } = this.#room.in_force;
    const wanted = {};
    if (this.inputs.rate.value === "" || Number(this.inputs.rate.value) !== round(rate)) wanted.new_users_per_minute = numberIn(this.inputs.rate);
    if (this.inputs.ceiling.value === "" || Number(this.inputs.ceiling.value) !== ceiling) wanted.total_active_users = numberIn(this.inputs.ceiling);
    return wanted;
  }

  #paint() {
    if (!this.#room) return;
    const { in_force: force, phase } = this.#room;
    const by = this.#room.slowed ? `slowed to ${rateOf(force.new_users_per_minute)} to spare the checkout` : setBy(this.#room);
    this.form.querySelector("#in-force").textContent =
      `In force: ${rateOf(force.planned_per_minute)} a minute, ${count(force.total_active_users)} inside; ${by}.`;
    const apply = this.form.querySelector("#apply");
    apply.disabled = !may("operator") || !this.#isDirty || phase === "closed";
    this.form.querySelector("#undo").hidden = !this.#isDirty;
    this.form.classList.toggle("dirty", this.#isDirty);
    for (const cell of this.form.querySelectorAll(".then")) cell.hidden = !this.#isDirty;
  }

  #tellOvertaken(changes) {
    const others = changes.filter((each) => each.version > this.#seen && ("new_users_per_minute" in each.fields || "total_active_users" in each.fields));
    if (!others.length) return;
    const line = this.form.querySelector("#overtaken");
    const { planned_per_minute: rate, total_active_users: ceiling } = this.#room.in_force;
    line.textContent = `${nameOf(others[0].who)} has just set ${rateOf(rate)} a minute and ${count(ceiling)} inside. What you typed is kept.`;
    line.hidden = false;
  }

  async #foretell() {
    const asked = ++this.#asked;
    this.#lastAsked = Date.now();
    const wanted = this.#isDirty ? this.#wanted() : {};
    if (Object.values(wanted).some((value) => value === null)) return;
    let told;
    try {
      told = await call("POST", `/rooms/${this.#room.room}/foretell`, wanted, { isQuiet: true });
    } catch (error) {
      if (error instanceof Refused && error.name === "validation-failed") showErrors(this.form, error.errors);
      return;
    }
    // An answer that was overtaken says nothing.
    if (asked !== this.#asked) return;
    this.#showForetold(told);
  }

  #showForetold(told) {
    const isOver = this.#room.phase === "closed";
    for (const [which, values] of [["now", told.now], ["then", told.then]]) {
        const cells = {
        entries: rateOf(values.entries_per_minute),
        last: values.bound === "nothing" ? "–" : never(values.last_waits_seconds),
        ends: values.bound === "nothing" ? "now" : values.line_ends_seconds === null ? "never" : `in ${about(values.line_ends_seconds)}`,
        inside: count(values.most_inside),
        bound: BOUNDS[values.bound],
      };
      for (const [key, text] of Object.entries(cells)) {
        this.form.querySelector(`[data-foretold="${key}"] [data-${which}]`).textContent = isOver ? "–" : text;
      }
    }
    this.form.querySelector("#assumed").textContent = isOver ? "The room is closed." : assumedWords(told);
  }

  async #apply() {
    const wanted = this.#wanted();
    const wrong = Object.entries(wanted).filter(([, value]) => value === null);
    if (wrong.length) {
      showErrors(this.form, wrong.map(([field]) => ({ field, problem: "Type a number from 0 on" })));
      return;
    }
    const room = this.#room.room;
    if (Object.values(wanted).includes(0) && !(await ask({ title: "Let nobody in?", text: "With 0 nobody gets in any more until you set another figure. Places are kept.", go: "Set 0", isDangerous: true }))) return;
    try {
      const changed = await withVersion(room, this.#seen, (version) => patch(`/rooms/${room}`, { version, ...wanted }));
      if (changed === null) return;
      this.#seen = null;
      this.form.querySelector("#overtaken").hidden = true;
      this.#room = changed;
      this.#fill();
      this.#paint();
      note("Rate and ceiling are in force.", "good");
      this.onChanged();
    } catch (error) {
      const homeless = error instanceof Refused ? showErrors(this.form, error.errors) : [];
      if (!(error instanceof Refused) || !error.errors.length || homeless.length) note(explain(error), "bad");
    }
  }
}

function assumedWords({ from, assumed, slowed_to: slowedTo }) {
  const crowd = `${percent(assumed.no_show)} do not come and people shop for ${rateOf(assumed.shop_minutes)}\u00a0min`;
  const slowed = slowedTo === null ? "" : ` The cut to ${percent(slowedTo)} stays.`;
  if (from === "release") return `Counted from the release, for who is here now, if ${crowd}.${slowed}`;
  return `If ${crowd}, and ${rateOf(assumed.joins_per_minute)} join a minute.${slowed}`;
}

function never(seconds) {
  return seconds === null ? "for ever" : about(seconds);
}

function round(number) {
  return Math.round(number * 1000) / 1000;
}

function numberIn(input) {
  const value = Number(input.value);
  return input.value.trim() === "" || Number.isNaN(value) || value < 0 ? null : value;
}
