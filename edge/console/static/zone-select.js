// The choice of a time zone: this browser's own and UTC first, kept for the room in this browser.

import { isZone, own, zones } from "./zones.js";

// Fill a `<select>` and choose what was chosen for this room before; `onChange` is told the zone.
export function chooseZone(select, room, onChange) {
  const key = `zone:${room}`;
  const kept = localStorage.getItem(key);
  const chosen = kept && isZone(kept) ? kept : own;
  for (const zone of new Set([own, "UTC", chosen, ...zones()])) {
    const words = zone === own ? `${zone} (your own)` : zone;
    select.append(new Option(words.replaceAll("_", " "), zone, false, zone === chosen));
  }
  select.addEventListener("change", () => {
    localStorage.setItem(key, select.value);
    onChange(select.value);
  });
}
