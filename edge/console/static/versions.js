// Two organizers at once: a change names the version that it was made from, and a stale one is shown, not lost.

import { get, Refused } from "./api.js";
import { open } from "./dialogs.js";
import { clock, deed, name } from "./words.js";

// Do `attempt(version)`. If somebody was faster, show who changed what; the organizer then makes the change as well, on
// the version in force, or keeps editing. Returns what came of the attempt, or null when it was not made.
export async function withVersion(room, version, attempt) {
  try {
    return await attempt(version);
  } catch (error) {
    if (!(error instanceof Refused) || error.name !== "room-changed") throw error;
    const inForce = error.problem.version;
    if (!(await showMeanwhile(room, version))) return null;
    return withVersion(room, inForce, attempt);
  }
}

async function showMeanwhile(room, seen) {
  const list = document.getElementById("meanwhile-changes");
  list.replaceChildren();
  const { changes } = await get(`/rooms/${room}/changes?most=50`);
  for (const entry of changes.filter((each) => each.version > seen)) list.append(logItem(entry));
  return open(document.getElementById("meanwhile"), { first: document.querySelector("#meanwhile [data-cancel]") });
}

// One entry of the change log as a list's item.
export function logItem(entry) {
  const item = document.createElement("li");
  const when = document.createElement("time");
  when.className = "when";
  when.dateTime = entry.at;
  when.textContent = clock(entry.at);
  const who = document.createElement("b");
  who.textContent = name(entry.who);
  item.append(when, who, ` ${deed(entry)}`);
  return item;
}
