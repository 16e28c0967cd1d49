// The night's live screen: looks at the room each second, and at once after an act.

import { explain, get, Refused, Unreachable } from "./api.js";
import { Acts } from "./acts.js";
import { Chart } from "./chart.js";
import { announce, note } from "./notes.js";
import { signIn } from "./sign-in.js";
import { Speed } from "./speed.js";
import { phaseOf, setBy, troubleOf, whenOf } from "./standing.js";
import { logItem } from "./versions.js";
import { clock, count, deed, duration, name as nameOf, percent, range, rate, shortClock, zone } from "./words.js";

const LOOK_MS = 900;
const HIDDEN_MS = 5000;
const PATIENCE_MS = 6000;
const MOST_CHANGES = 100;
const MOST_POINTS = 6000;
const SILENT_MS = 4000;
const MILESTONE_MS = 60_000;
const LEAST_SPAN_MS = 120_000;

const room = document.getElementById("main").dataset.room;
const columns = [];
let rows = [];
let happenings = [];
let changes = [];
let since = 0;
let timer = null;
let isLooking = false;
let isWanted = false;
let isDeclined = false;
let lastNews = Date.now();
let lastTold = 0;
let lastTrouble = "";

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
const speed = new Speed(document.getElementById("speed"), { onChanged: lookNow });
const acts = new Acts({ onChanged: lookNow });

function figure(key) {
  return document.querySelector(`[data-chart="${key}"]`);
}

async function look() {
  if (isLooking) {
    isWanted = true;
    return;
  }
  isLooking = true;
  isWanted = false;
  try {
    take(await get(`/rooms/${room}/live?since=${since}`, { isQuiet: isDeclined, patienceMs: PATIENCE_MS }));
    lastNews = Date.now();
    isDeclined = false;
    tellTrouble("");
  } catch (error) {
    if (error instanceof Refused && error.status === 401) isDeclined = true;
    tellTrouble(error);
  } finally {
    isLooking = false;
  }
  clearTimeout(timer);
  timer = setTimeout(look, isWanted ? 0 : document.hidden ? HIDDEN_MS : LOOK_MS);
}

function lookNow() {
  clearTimeout(timer);
  look();
}

function take(live) {
  const isFirst = since === 0;
  columns.splice(0, columns.length, ...live.columns);
  const target = live.room.target_latency_ms;
  const fresh = live.points.map((point) => {
    const row = Object.fromEntries(columns.map((column, place) => [column, point[place]]));
    const [low, high] = [row.wait_low, row.wait_high].map((seconds) => seconds === null ? null : seconds / 60);
    return { ...row, line: row.waiting + row.lobby, target_ms: target, wait_low: low, wait_high: high };
  });
  rows = [...rows, ...fresh].slice(-MOST_POINTS);
  since = live.until;
  takeHappenings(live.happenings);
  takeChanges(live.changes, isFirst);
  showRoom(live);
  showCharts();
}

function takeHappenings(told) {
  const known = new Set(happenings.map(identity));
  for (const each of told) {
    if (!known.has(identity(each))) happenings.push({ ...each, at_ms: Date.parse(each.at), by: each.who && nameOf(each.who) });
  }
  happenings.sort((one, other) => one.at_ms - other.at_ms);
}

function identity({ at, kind, text }) {
  return `${at} ${kind} ${text}`;
}

function takeChanges(told, isFirst) {
  const known = new Set(changes.map((each) => `${each.at} ${each.version} ${each.who}`));
  const fresh = told.filter((each) => !known.has(`${each.at} ${each.version} ${each.who}`));
  if (!fresh.length) return;
  changes = [...fresh, ...changes].slice(0, MOST_CHANGES);
  const list = document.getElementById("changes");
  for (const entry of [...fresh].reverse()) {
    const item = logItem(entry);
    if (!isFirst) item.className = "fresh";
    list.prepend(item);
    const isOwn = nameOf(entry.who) === document.body.dataset.who;
    if (!isFirst && !isOwn && entry.version !== null) note(`${nameOf(entry.who)} ${deed(entry)}.`);
  }
  while (list.children.length > MOST_CHANGES) list.lastElementChild.remove();
}

function showRoom({ room: now, figures, checkouts, draw }) {
  const phase = phaseOf(now);
  const badge = document.getElementById("badge");
  if (badge.textContent !== phase.words) badge.textContent = phase.words;
  badge.className = `badge ${phase.kind}`;
  write("when", [whenOf(now), `${clock(now.now)} in ${zone.replaceAll("_", " ")}`].filter(Boolean).join(" · "));
  document.title = `${phase.words}: ${now.name} – Waitroom`;
  showTroubles(now, draw);
  showTiles(now, figures);
  showCheckouts(checkouts, now);
  acts.show(now, draw);
  speed.show(now, changes);
  tellMilestone(now, phase);
}

function showTiles(now, figures) {
  const isLobby = ["scheduled", "lobby", "drawing"].includes(now.phase);
  const force = now.in_force;
  const line = isLobby ? now.lobby + now.waiting : now.waiting;
  document.querySelector('[data-tile="waiting"] dt').textContent = isLobby ? "In the lobby" : "Waiting";
  tile("waiting", count(line), `${rate(figures.joins_per_minute)} join a minute`);
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

function write(id, text) {
  const element = document.getElementById(id);
  if (element.textContent !== text) element.textContent = text;
}

// What holds the room up, each with what can be done about it.
function showTroubles(now, draw) {
  const told = [...troubleOf(now)];
  if (now.paused && now.phase !== "closed") told.unshift("Paused: nobody gets a turn; places and turns are kept.");
  if (now.nothing_left && now.phase === "open") told.push("The checkout says that nothing is left and nothing can come back.");
  if (draw.waits_for_beacon) told.push(beaconWords(draw));
  else if (now.phase === "drawing" && !draw.is_drawn) told.push(drawWords(draw));
  const box = document.getElementById("troubles");
  if (box.dataset.told === told.join("|")) return;
  box.dataset.told = told.join("|");
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

function showCheckouts(checkouts, now) {
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

function showCharts() {
  const chosen = Number(document.querySelector("#span input:checked").value) * 60_000;
  const to = rows.length ? rows[rows.length - 1].at_ms : Date.now();
  // What was not seen yet takes no room.
  const span = Math.min(chosen, Math.max(LEAST_SPAN_MS, to - (rows[0]?.at_ms ?? to)));
  for (const chart of Object.values(charts)) chart.show(rows, happenings, to - span, to);
}

// Screen readers hear how it stands once a minute.
function tellMilestone(now, phase) {
  if (Date.now() - lastTold < MILESTONE_MS) return;
  lastTold = Date.now();
  announce(`${phase.words}. ${count(now.waiting)} waiting, ${count(now.active)} of ${count(now.in_force.total_active_users)} inside.`);
}

function tellTrouble(error) {
  const text = error ? troubleWords(error) : "";
  if (text === lastTrouble) return;
  lastTrouble = text;
  document.getElementById("silence")?.remove();
  if (!text) return;
  const line = document.createElement("p");
  line.id = "silence";
  line.className = "notice bad row";
  line.setAttribute("role", "alert");
  line.append(text);
  if (error instanceof Refused && error.status === 401) line.append(signInButton());
  document.getElementById("troubles").before(line);
}

function troubleWords(error) {
  if (error instanceof Refused && error.status === 401) return "You are signed out: what you see is old.";
  if (error instanceof Unreachable && Date.now() - lastNews < SILENT_MS) return "";
  const stands = `What you see is from ${clock(lastNews)}.`;
  if (error instanceof Unreachable) return `The console cannot be reached. ${stands} The room goes on without it.`;
  return `${explain(error)} ${stands}`;
}

function signInButton() {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Sign in";
  button.addEventListener("click", async () => {
    if (await signIn()) lookNow();
  });
  return button;
}

document.getElementById("span").addEventListener("change", showCharts);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) lookNow();
});
look();
