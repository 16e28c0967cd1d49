// The figures at the top of the night's screen.

import { setBy } from "./standing.js";
import { count, percent, range, rate, shortClock } from "./words.js";

export function showTiles(now, figures) {
  const isLobby = ["scheduled", "lobby", "drawing"].includes(now.phase);
  const force = now.in_force;
  const line = isLobby ? now.lobby + now.waiting : now.waiting;
  document.querySelector('[data-tile="waiting"] dt').textContent = isLobby ? "In the lobby" : "Waiting";
  tile("waiting", count(line), now.phase === "closed" ? "when it closed" : `${rate(figures.joins_per_minute)} join a minute`);
  const entries = figures.entries_per_minute;
  tile("entries", rate(entries), `target ${rate(force.new_users_per_minute)}${reason(now)}`, part(entries, force.new_users_per_minute));
  tile("inside", count(now.active), `ceiling ${count(force.total_active_users)}`, part(now.active, force.total_active_users));
  tile("wait", range(figures.wait_seconds), endOf(now, figures));
  tile("turns", count(now.admitted), `${count(figures.claims_in_hand)} about to enter`);
  tile("no-shows", percent(figures.no_show_share), `${count(now.totals.lapsed)} turns lapsed`);
  tile("seats", count(now.seats_left), now.seats_left === null ? "no checkout says" : `${rate(figures.seats_per_minute)} sold a minute`);
  document.querySelector('[data-tile="entries"]').classList.toggle("warn", Boolean(now.slowed));
}

function reason(now) {
  if (now.slowed) return `, slowed from ${rate(now.slowed.planned_per_minute)}`;
  return `, ${setBy(now)}`;
}

function endOf(now, figures) {
  if (now.phase === "closed") return "the room is closed";
  if (now.phase !== "open" || now.paused) return "while no turns are given";
  if (!now.waiting) return "nobody waits";
  if (figures.line_ends_seconds === null) return "the line grows";
  return `empty about ${shortClock(Date.parse(now.now) + figures.line_ends_seconds * 1000)}`;
}

function part(value, whole) {
  return whole ? Math.min(1, (value ?? 0) / whole) : 0;
}

function tile(key, big, sub, fraction = null) {
  const element = document.querySelector(`[data-tile="${key}"]`);
  element.querySelector("[data-big]").textContent = big;
  element.querySelector("[data-sub]").textContent = sub;
  if (fraction !== null) element.querySelector(".meter").style.setProperty("--part", fraction.toFixed(3));
}
