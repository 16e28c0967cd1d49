// The list of rooms, fresh every second and a half; rows are changed in place, so that the focus stays where it is.

import { explain, get, Refused } from "./api.js";
import { JoinSpeed, phaseOf, setBy, troubleOf, whenOf } from "./standing.js";
import { count, rate } from "./words.js";

const LOOK_MS = 1500;
const list = document.getElementById("rooms");
const row = document.getElementById("room-row");
const trouble = document.getElementById("trouble");
const speeds = new Map();

async function look() {
  try {
    const { rooms } = await get("/rooms", { isQuiet: list.dataset.declined === "1" });
    list.dataset.declined = "";
    show(rooms);
    say("");
  } catch (error) {
    if (error instanceof Refused && error.status === 401) list.dataset.declined = "1";
    say(explain(error));
  }
  setTimeout(look, document.hidden ? LOOK_MS * 4 : LOOK_MS);
}

function say(text) {
  if (trouble.textContent !== text) trouble.textContent = text;
  trouble.hidden = !text;
}

function show(rooms) {
  document.getElementById("none").hidden = rooms.length > 0;
  document.getElementById("sum").textContent = sum(rooms);
  const names = new Set(rooms.map((room) => room.room));
  for (const item of [...list.children]) if (!names.has(item.dataset.room)) item.remove();
  rooms.forEach((room, place) => fill(itemOf(room, place), room));
}

function sum(rooms) {
  const fans = rooms.reduce((total, room) => total + room.lobby + room.waiting, 0);
  const live = rooms.filter((room) => !["closed", "scheduled"].includes(room.phase)).length;
  return `${rooms.length} ${rooms.length === 1 ? "room" : "rooms"}, ${live} live, ${count(fans)} fans waiting`;
}

function itemOf(room, place) {
  const found = [...list.children].find((item) => item.dataset.room === room.room);
  if (found) return found;
  const item = row.content.firstElementChild.cloneNode(true);
  item.dataset.room = room.room;
  item.querySelector("h2 a").href = `/rooms/${room.room}`;
  list.insertBefore(item, list.children[place] ?? null);
  return item;
}

function fill(item, room) {
  const set = (value, text) => {
    const element = item.querySelector(`[data-value="${value}"]`);
    if (element.textContent !== text) element.textContent = text;
    return element;
  };
  const link = item.querySelector("h2 a");
  const title = room.name === "Waiting room" ? room.room : room.name;
  if (link.textContent !== title) link.textContent = title;
  const phase = phaseOf(room);
  set("badge", phase.words).className = `badge ${phase.kind}`;
  set("rehearsal", "Rehearsal").hidden = !room.rehearsal;
  set("when", whenOf(room));
  const isLobby = ["scheduled", "lobby", "drawing"].includes(room.phase);
  set("joins", speedOf(room));
  set("waiting-name", isLobby ? "In the lobby" : "Waiting");
  set("waiting", count(isLobby ? room.lobby + room.waiting : room.waiting));
  set("inside", count(room.active));
  set("ceiling", `of ${count(room.in_force.total_active_users)}`);
  const part = Math.min(1, room.active / Math.max(1, room.in_force.total_active_users));
  item.querySelector(".meter").style.setProperty("--part", part.toFixed(3));
  set("rate", rate(room.in_force.new_users_per_minute));
  set("by", setBy(room));
  set("seats", count(room.seats_left));
  const wrong = troubleOf(room);
  set("trouble", wrong.join(" ")).hidden = wrong.length === 0;
}

function speedOf(room) {
  const known = speeds.get(room.room);
  const speed = known?.epoch === room.epoch ? known : { epoch: room.epoch, joins: new JoinSpeed() };
  speeds.set(room.room, speed);
  return rate(speed.joins.note(Date.parse(room.now), room.totals.joined));
}

look();
