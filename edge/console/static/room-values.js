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

// What is wrong with the order of the times, beside what is wrong with them already; the API checks the same, without
// saying at which field.
export function orderOf(settings, errors) {
  if (settings.release_at === null) {
    const isTold = errors.some(({ field }) => field === "release_at");
    return isTold ? [] : [{ field: "release_at", problem: "is needed where there is a lobby" }];
  }
  const words = { lobby_at: "the opening of the lobby", lobby_closes_at: "the close of the lobby", release_at: "the release" };
  const known = TIMES.filter((name) => settings[name] !== null);
  return known.slice(1).flatMap((name, place) => {
    const before = known[place];
    const isWrong = Date.parse(settings[name]) < Date.parse(settings[before]);
    return isWrong ? [{ field: name, problem: `is before ${words[before]}` }] : [];
  });
}

// A plan moved in time.
export function movedPlan(plan, by) {
  return plan.map((step) => ({ ...step, at: new Date(Date.parse(step.at) + by).toISOString() }));
}

// The address that follows from a name.
export function slug(text) {
  const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").slice(0, 64).replace(/^-+|-+$/g, "");
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
