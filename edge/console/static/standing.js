// How a room stands, in words: the same on the list and on the night's screen.

import { duration, moment, name, rate } from "./words.js";

const WINDOW_MS = 30_000;
const REASONS = {
  saturation: "all of its database connections are in use",
  errors: "too many of its answers fail",
  latency: "it answers too slowly",
};
const PHASES = { scheduled: "Scheduled", lobby: "Lobby", drawing: "Drawing", open: "Open", closed: "Closed" };

// The badge: a switch that holds everything up goes before the phase.
export function phaseOf(room) {
  if (room.phase !== "closed" && room.paused) return { words: "Paused", kind: "paused" };
  if (room.phase !== "closed" && (room.sold_out || room.nothing_left)) return { words: "Sold out", kind: "closed" };
  return { words: PHASES[room.phase], kind: room.phase };
}

// What comes next by the clock, with the time until then; the clock is the store's.
export function whenOf(room) {
  const now = Date.parse(room.now);
  const until = (time) => duration((Date.parse(time) - now) / 1000);
  if (room.phase === "scheduled" && room.lobby_at) return `lobby opens in ${until(room.lobby_at)}, ${moment(room.lobby_at, now)}`;
  const closes = room.lobby_closes_at ?? room.release_at;
  if (room.phase === "lobby" && closes) return `draw in ${until(closes)}, ${moment(closes, now)}`;
  if (room.phase === "drawing" && Date.parse(room.release_at) > now) return `release in ${until(room.release_at)}`;
  if (room.phase === "closed") return room.closes_at ? `since ${moment(room.closes_at, now)}` : "";
  if (room.closes_at) return `closes in ${until(room.closes_at)}, ${moment(room.closes_at, now)}`;
  return room.release_at && room.phase === "open" ? `open for ${duration((now - Date.parse(room.release_at)) / 1000)}` : "";
}

// Who or what set the rate that is in force: "plan 2" is the plan's second step.
export function setBy(room) {
  const { by } = room.in_force;
  if (by === "governor") return "slowed";
  return by.startsWith("plan ") ? "by the plan" : `by ${name(by)}`;
}

// What an organizer should know at once.
export function troubleOf(room) {
  const told = [];
  if (room.recovering_until) told.push("The room comes back from a loss: fans present their places again, and no turns are given until then.");
  if (room.slowed) {
    const { per_minute: now, planned_per_minute: planned, reason } = room.slowed;
    told.push(`Slowed to ${rate(now)} of ${rate(planned)} a minute to spare the checkout: ${REASONS[reason] ?? reason}.`);
  }
  if (room.phase === "open" && !room.paused && room.in_force.new_users_per_minute === 0 && room.waiting) told.push("The rate is 0: nobody gets a turn.");
  if (room.phase === "open" && !room.paused && room.in_force.total_active_users === 0 && room.waiting) told.push("The ceiling is 0: nobody gets in.");
  return told;
}

// Joins a minute from the total, over the last half minute.
export class JoinSpeed {
  #seen = [];

  note(at, joined) {
    this.#seen.push([at, joined]);
    while (this.#seen.length > 2 && at - this.#seen[0][0] > WINDOW_MS) this.#seen.shift();
    const [first, before] = this.#seen[0];
    return at - first < 3000 ? null : ((joined - before) / (at - first)) * 60_000;
  }
}
