// The charts of the night, all over the same time.

import { Chart } from "./chart.js";
import { count, rate } from "./words.js";

const LEAST_SPAN_MS = 120_000;
const charts = {
  waiting: new Chart(figure("waiting"), { name: "Waiting", lines: [{ key: "line", name: "waiting", kind: "area" }], format: count }),
  entries: new Chart(figure("entries"), {
    name: "Let in", format: rate,
    lines: [{ key: "entries_per_minute", name: "let in", kind: "line" }, { key: "rate", name: "target", kind: "limit" }],
  }),
  joins: new Chart(figure("joins"), { name: "Joins", lines: [{ key: "joins_per_minute", name: "joins", kind: "line" }], format: rate }),
  inside: new Chart(figure("inside"), {
    name: "Inside", format: count,
    lines: [{ key: "inside", name: "inside", kind: "area" }, { key: "ceiling", name: "ceiling", kind: "limit" }],
  }),
  wait: new Chart(figure("wait"), { name: "Wait", lines: [{ key: "wait_low", to: "wait_high", name: "wait", kind: "band" }], format: rate }),
  seats: new Chart(figure("seats"), { name: "Seats left", lines: [{ key: "seats_left", name: "seats left", kind: "area" }], format: count }),
  sales: new Chart(figure("sales"), { name: "Sold", lines: [{ key: "seats_per_minute", name: "sold", kind: "line" }], format: rate }),
  latency: new Chart(figure("latency"), {
    name: "Answers", format: count,
    lines: [{ key: "latency_ms", name: "slowest", kind: "line" }, { key: "target_ms", name: "target", kind: "limit" }],
  }),
};

function figure(key) {
  return document.querySelector(`[data-chart="${key}"]`);
}

// Draw all of them up to the newest row; the organizer chooses how far back.
export function showCharts(rows, happenings) {
  const chosen = Number(document.querySelector("#span input:checked").value) * 60_000;
  const to = rows.length ? rows[rows.length - 1].at_ms : Date.now();
  // What was not seen yet takes no room.
  const span = Math.min(chosen, Math.max(LEAST_SPAN_MS, to - (rows[0]?.at_ms ?? to)));
  for (const chart of Object.values(charts)) chart.show(rows, happenings, to - span, to);
}
