// The night's live screen: looks at the room each second, and at once after an act.

import { explain, get, Refused, Unreachable } from "./api.js";
import { Acts } from "./acts.js";
import { showCharts } from "./night-charts.js";
import { announce, note } from "./notes.js";
import { signIn } from "./sign-in.js";
import { Speed } from "./speed.js";
import { phaseOf, whenOf } from "./standing.js";
import { showCheckouts, showTroubles } from "./suffering.js";
import { showTiles } from "./tiles.js";
import { logItem } from "./versions.js";
import { clock, count, deed, name as nameOf, zone } from "./words.js";

const LOOK_MS = 900;
const HIDDEN_MS = 5000;
const PATIENCE_MS = 6000;
const MOST_CHANGES = 100;
const MOST_POINTS = 6000;
const SILENT_MS = 4000;
const MILESTONE_MS = 60_000;

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

const speed = new Speed(document.getElementById("speed"), { onChanged: lookNow });
const acts = new Acts({ onChanged: lookNow });

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
  showCharts(rows, happenings);
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

function write(id, text) {
  const element = document.getElementById(id);
  if (element.textContent !== text) element.textContent = text;
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

document.getElementById("span").addEventListener("change", () => showCharts(rows, happenings));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) lookNow();
});
look();
