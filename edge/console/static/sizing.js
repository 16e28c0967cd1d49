// What rate and ceiling mean together, in sentences: pure.

import { count, rate as few } from "./words.js";

const MARGIN = 1.1;

// The ceiling that does not slow a line of this rate: those who are inside at once, and some more.
export function enough(rate, minutes) {
  return roundUp(rate * minutes * MARGIN);
}

// One sentence; `kind` is "warn" where the ceiling and not the rate decides.
export function sized(rate, ceiling, minutes) {
  if (![rate, ceiling, minutes].every(Number.isFinite) || minutes <= 0) return { kind: "", text: "" };
  if (rate <= 0) return { kind: "warn", text: "A rate of 0 gives nobody a turn." };
  if (ceiling <= 0) return { kind: "warn", text: "A ceiling of 0 lets nobody in." };
  const inside = rate * minutes;
  const base = `At ${few(rate)} a minute and ${few(minutes)} ${minutes === 1 ? "minute" : "minutes"} in the shop some ${count(inside)} are inside at once.`;
  const needed = enough(rate, minutes);
  if (ceiling >= needed) return { kind: "good", text: `${base} This ceiling does not slow the line: the rate decides, and 10,000 fans take ${spell(10_000 / rate)}.` };
  const real = Math.min(rate, ceiling / minutes);
  if (ceiling >= inside) return { kind: "", text: `${base} This ceiling is just enough; ${count(needed)} would leave a margin.` };
  return {
    kind: "warn",
    text: `${base} A ceiling that does not slow the line needs about ${count(needed)}: with ${count(ceiling)} some ${few(real)} a minute come in, and 10,000 fans take ${spell(10_000 / real)}.`,
  };
}

function spell(minutes) {
  if (minutes < 90) return `${Math.max(1, Math.round(minutes))} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${String(Math.round(minutes % 60)).padStart(2, "0")} min` : `${Math.round(minutes / 1440)} days`;
}

function roundUp(number) {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, number))) - 1);
  return Math.ceil(number / unit - 1e-9) * unit;
}
