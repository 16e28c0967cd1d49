// What holds a room up, and how its checkouts are.

import { announce } from "./notes.js";
import { troubleOf } from "./standing.js";
import { count, duration } from "./words.js";

// What holds the room up, each with what can be done about it.
export function showTroubles(now, draw) {
  const told = [...troubleOf(now)];
  if (now.paused && now.phase !== "closed") told.unshift("Paused: nobody gets a turn; places and turns are kept.");
  if (now.nothing_left && now.phase === "open") told.push("The checkout says that nothing is left and nothing can come back.");
  if (draw.waits_for_beacon) told.push(beaconWords(draw));
  else if (now.phase === "drawing" && !draw.is_drawn) told.push(drawWords(draw));
  const box = document.getElementById("troubles");
  if (box.dataset.told === told.join(" ")) return;
  // What stood there when the page was opened is read with the page.
  if (box.dataset.told !== undefined) announce(told.join(" ") || "Nothing holds the room up any more.");
  box.dataset.told = told.join(" ");
  box.replaceChildren(...told.map((text) => {
    const line = document.createElement("p");
    line.className = "notice warn";
    line.textContent = text;
    return line;
  }));
}

function beaconWords(draw) {
  const late = draw.beacon_overdue_seconds ? ` It should have come ${duration(draw.beacon_overdue_seconds)} ago.` : "";
  return `The list of ${count(draw.entrants)} entrants is public; the draw waits for the beacon's value.${late}`;
}

function drawWords(draw) {
  if (draw.entrants === null) return "The lobby is closed; its list is being made.";
  return `The draw is being made: ${count(draw.moved)} of ${count(draw.entrants)} fans have their place.`;
}

export function showCheckouts(checkouts, now) {
  const table = document.querySelector("#checkouts table");
  table.hidden = checkouts.length === 0;
  document.getElementById("no-checkouts").hidden = checkouts.length > 0;
  table.tBodies[0].replaceChildren(...checkouts.map((each) => {
    const line = document.createElement("tr");
    const share = each.requests ? each.errors / each.requests : 0;
    const cells = [
      [`${count(each.latency_ms)} ms`, each.latency_ms > now.target_latency_ms],
      [count(each.requests), false],
      [count(each.errors), share > 0.05],
      [each.pool ? `${each.in_use} of ${each.pool}` : "–", each.pool > 0 && each.in_use >= each.pool],
    ];
    cells.forEach(([text, isBad], place) => {
      const cell = document.createElement("td");
      if (place) cell.className = "end";
      cell.textContent = isBad ? `${text} ▲` : text;
      if (isBad) cell.classList.add("wrong");
      line.append(cell);
    });
    return line;
  }));
}
