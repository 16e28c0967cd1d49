// The report's charts, from the samples that come with the page; and the draw, verified at the press of a button.

import { explain, post } from "./api.js";
import { Chart } from "./chart.js";
import "./times.js";
import { logItem } from "./versions.js";
import { count, moment, rate } from "./words.js";

const QUIET_MS = 330_000;
const STEP_MS = 25_000;
const SALES_MS = 60_000;
const data = JSON.parse(document.getElementById("report-data").textContent);

function figure(key) {
  return document.querySelector(`[data-chart="${key}"]`);
}

function read({ columns, rows }) {
  return rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]])));
}

// How fast a total grew between two samples, a minute.
function perMinute(before, now, total) {
  const elapsed = now.at_ms - before.at_ms;
  if (elapsed <= 0 || before[total] === null || now[total] === null) return null;
  return Math.max(0, ((now[total] - before[total]) * 60_000) / elapsed);
}

function derive(samples) {
  return samples.map((now, at) => {
    const before = samples[Math.max(0, at - 1)];
    let back = at;
    while (back > 0 && now.at_ms - samples[back].at_ms < SALES_MS) back -= 1;
    const sold = perMinute({ ...now, ...samples[back], seats_left: -(samples[back].seats_left ?? 0) }, { ...now, seats_left: -(now.seats_left ?? 0) }, "seats_left");
    return {
      ...now,
      fans: now.lobby + now.waiting,
      entries: perMinute(before, now, "entered"),
      joins: perMinute(before, now, "joined"),
      sold: now.seats_left === null || samples[back].seats_left === null ? null : sold,
    };
  });
}

// A room in which nothing moves leaves a sample each five minutes: in between it was the same.
function filled(rows) {
  return rows.flatMap((row, at) => {
    const next = rows[at + 1];
    if (!next || next.at_ms - row.at_ms > QUIET_MS) return [row];
    const between = [];
    for (let time = row.at_ms + STEP_MS; time < next.at_ms - STEP_MS; time += STEP_MS) between.push({ ...row, at_ms: time });
    return [row, ...between];
  });
}

function draw() {
  const rows = filled(derive(read(data.timeline)));
  document.getElementById("no-timeline").hidden = rows.length > 1;
  const lines = {
    waiting: { name: "Fans", format: count, lines: [{ key: "fans", name: "fans", kind: "area" }] },
    entries: { name: "Let in", format: rate, lines: [{ key: "entries", name: "let in", kind: "line" }, { key: "rate", name: "target", kind: "limit" }] },
    inside: { name: "Inside", format: count, lines: [{ key: "inside", name: "inside", kind: "area" }, { key: "ceiling", name: "ceiling", kind: "limit" }] },
    joins: { name: "Joins", format: rate, lines: [{ key: "joins", name: "joins", kind: "line" }] },
    seats: { name: "Seats left", format: count, lines: [{ key: "seats_left", name: "seats left", kind: "area" }] },
    sales: { name: "Sold", format: rate, lines: [{ key: "sold", name: "sold", kind: "line" }] },
  };
  const happenings = data.happenings.map((each) => ({ ...each, at_ms: Date.parse(each.at) }));
  const [from, to] = span(rows);
  for (const [key, options] of Object.entries(lines)) new Chart(figure(key), options).show(rows, happenings, from, to);
}

// From the first moment at which anything had happened to the last.
function span(rows) {
  const first = rows.find((row) => row.joined > 0) ?? rows[0];
  const to = rows.at(-1)?.at_ms ?? Date.parse(data.as_of);
  return [Math.min(first?.at_ms ?? to, to - 60_000), to];
}

async function verify(event) {
  const button = event.currentTarget;
  const told = document.getElementById("verified");
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    const { holds, entrants, failed_check: check, detail } = await post(`/rooms/${data.room}/verify-draw`);
    told.textContent = holds
      ? `The draw holds: commitment, list, root, count, draw key and test vector of ${count(entrants)} entrants agree.`
      : `FAILED at the check “${check}”: ${detail}`;
    told.className = holds ? "notice good" : "notice bad";
  } catch (error) {
    told.textContent = explain(error);
    told.className = "notice warn";
  }
  told.hidden = false;
  button.disabled = false;
  button.removeAttribute("aria-busy");
}

document.getElementById("changes").replaceChildren(...data.changes.map(logItem));
for (const time of document.querySelectorAll("#changes time")) time.textContent = moment(time.dateTime);
document.getElementById("verify")?.addEventListener("click", verify);
draw();
