// Contrast of colours by the formula of WCAG 2.2, as `waitroom/contrast.py` has it: a test holds the two together. Pure.

export const TEXT = 4.5;
export const PARTS = 3;
const STEPS = 200;
const ENDS = ["#000000", "#ffffff"];

export function isColour(text) {
  return /^#[0-9a-f]{6}$/.test(text);
}

export function contrast(one, other) {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

// Black or white, whichever is read better.
export function textOn(colour) {
  return contrast(ENDS[0], colour) >= contrast(ENDS[1], colour) ? ENDS[0] : ENDS[1];
}

// The colour itself, or the nearest between it and black or white that stands out from all grounds.
export function nearestPassing(colour, grounds, least) {
  const lowest = (tried) => Math.min(...grounds.map((ground) => contrast(tried, ground)));
  for (let step = 0; step <= STEPS; step += 1) {
    for (const end of ENDS) {
      const tried = mix(colour, end, step / STEPS);
      if (lowest(tried) >= least) return tried;
    }
  }
  return lowest(ENDS[0]) >= lowest(ENDS[1]) ? ENDS[0] : ENDS[1];
}

function mix(colour, other, part) {
  const theirs = rgb(other);
  return `#${rgb(colour).map((mine, place) => even(mine + (theirs[place] - mine) * part).toString(16).padStart(2, "0")).join("")}`;
}

// A half goes to the even neighbour, as Python rounds.
function even(number) {
  const low = Math.floor(number);
  const rest = number - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}

function luminance(colour) {
  const [red, green, blue] = rgb(colour).map((part) => linear(part / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function rgb(colour) {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

function linear(part) {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}
