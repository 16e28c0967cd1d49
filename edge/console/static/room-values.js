// Values of a room's settings: compared, and moved in time. Pure.

import { resolve, toLocal } from "./zones.js";

const WEEK = 7 * 86_400_000;
export const TIMES = ["lobby_at", "lobby_closes_at", "release_at", "closes_at"];

// Whether two values of a setting are one: moments as moments, everything else as JSON, in whatever order its members are.
export function same(name, one, other) {
  if (TIMES.includes(name)) return (one ? Date.parse(one) : null) === (other ? Date.parse(other) : null);
  return JSON.stringify(one ?? null, inOrder) === JSON.stringify(other ?? null, inOrder);
}

function inOrder(_name, value) {
  const isMembers = value !== null && typeof value === "object" && !Array.isArray(value);
  return isMembers ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))) : value;
}

// A room's times, moved by as many whole weeks as bring the first of them after `now`, by the clock of the zone.
export function weeksLater(settings, zone, now) {
  const known = TIMES.filter((name) => settings[name]).map((name) => Date.parse(settings[name]));
  const weeks = known.length ? Math.max(1, Math.floor((now - Math.min(...known)) / WEEK) + 1) : 0;
  return Object.fromEntries(TIMES.map((name) => [name, settings[name] ? later(Date.parse(settings[name]), weeks, zone) : null]));
}

function later(at, weeks, zone) {
  const there = Date.parse(`${toLocal(at, zone)}Z`) + weeks * WEEK;
  const found = resolve(new Date(there).toISOString().slice(0, 19), zone);
  // Where clocks are changed at that hour, the first of the two moments: the form shows it in three clocks.
  return found.at ?? found.ats[0];
}
