// Two organizers on one room: what the other one saved is here within a second, unless something of ours is not saved yet.

import { get } from "./api.js";
import { note } from "./notes.js";
import { deed, name } from "./words.js";

const LOOK_MS = 1000;

// Look at the room again and again. `page` has `version()`, `isTouched()`, `isBusy()` and `take(room)`.
export function watch(room, page) {
  const look = async () => {
    try {
      const now = await get(`/rooms/${room}`, { isQuiet: true });
      if (now.version > page.version() && !page.isBusy()) await tell(room, now, page);
      else if (now.version === page.version()) hide();
    } catch {
      // The next look tells; saving says it in words.
    }
    setTimeout(look, document.hidden ? LOOK_MS * 10 : LOOK_MS);
  };
  setTimeout(look, LOOK_MS);
}

async function tell(room, now, page) {
  const { changes } = await get(`/rooms/${room}/changes?most=20`, { isQuiet: true });
  const news = changes.filter((entry) => entry.version > page.version());
  const words = news.reverse().map((entry) => `${name(entry.who)} ${deed(entry)}`).join("; ");
  if (!page.isTouched()) {
    page.take(now);
    note(`Changed meanwhile: ${words}.`);
    return;
  }
  const place = document.getElementById("meanwhile-note");
  const text = `Changed meanwhile: ${words}. What you typed is kept; saving shows you both.`;
  if (place.textContent !== text) place.textContent = text;
  place.hidden = false;
}

function hide() {
  document.getElementById("meanwhile-note").hidden = true;
}
