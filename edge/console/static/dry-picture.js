// The picture of a dry run: who waits, who is inside and who comes in, over time; the plan in force lies behind, if given.

const SVG = "http://www.w3.org/2000/svg";
const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [172, 64, 14, 12, 24];
const PANELS = [
  { name: "Fans waiting", value: "waiting", limit: null },
  { name: "Fans inside", value: "inside", limit: "ceiling", limitName: "ceiling" },
  { name: "Let in a minute", value: "entries_per_minute", limit: "rate", limitName: "rate" },
];
const TICKS = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800];
const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const FEW = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

// Draw into `place`: one figure a panel.
export function draw(place, outcome, before) {
  const last = Math.max(60, endOf(outcome), before ? endOf(before) : 0);
  // As many units as pixels, so that the letters are as large on a phone.
  const width = Math.max(240, place.clientWidth || 640);
  place.replaceChildren(...PANELS.map((panel) => figure(panel, outcome.series, before?.series, { last, width })));
}

// Nobody looks at the hours after everything is over.
function endOf(outcome) {
  const busy = outcome.series.findLast((point) => point.waiting + point.admitted + point.inside > 0);
  return Math.min(outcome.simulated_seconds, (busy?.seconds ?? 0) + 60);
}

function figure(panel, points, before, { last, width }) {
  const shown = points.filter((point) => point.seconds <= last);
  const behind = before?.filter((point) => point.seconds <= last);
  const values = [shown, behind ?? []].flatMap((some) => some.map((point) => point[panel.value]));
  const limits = panel.limit ? shown.map((point) => point[panel.limit]) : [];
  const needed = Math.max(1, ...values);
  // A limit far above everything would press the line flat: it is then told, and not drawn.
  const near = limits.filter((limit) => limit <= needed * 3);
  const most = roundUp(Math.max(needed, ...near));
  const scale = {
    last,
    right: width - RIGHT,
    x: (seconds) => LEFT + ((width - LEFT - RIGHT) * seconds) / last,
    y: (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.min(value, most) / most),
  };
  const svg = element("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" });
  svg.append(...levels(most, scale), ...ticks(scale));
  const fill = `${path(shown, panel.value, scale)}L${scale.x(shown.at(-1).seconds).toFixed(1)} ${scale.y(0)}L${scale.x(shown[0].seconds).toFixed(1)} ${scale.y(0)}Z`;
  svg.append(element("path", { class: "area", d: fill }));
  if (behind?.length) svg.append(element("path", { class: "before", d: path(behind, panel.value, scale) }));
  if (near.length) svg.append(element("path", { class: "limit", d: steps(shown, panel.limit, scale) }));
  svg.append(element("path", { class: "now", d: path(shown, panel.value, scale) }));
  return framed(panel, svg, { hasBefore: Boolean(behind?.length), hasLimit: near.length > 0, limits });
}

function framed(panel, svg, { hasBefore, hasLimit, limits }) {
  const box = document.createElement("figure");
  const caption = document.createElement("figcaption");
  const name = document.createElement("b");
  name.textContent = panel.name;
  caption.append(name);
  if (panel.limit && limits.length) {
    caption.append(hasLimit ? key("limit", panel.limitName) : key("", `${panel.limitName} ${WHOLE.format(Math.max(...limits))}, far above`));
  }
  if (hasBefore) caption.append(key("before", "plan in force"));
  box.append(caption, svg);
  return box;
}

function key(kind, words) {
  const item = document.createElement("span");
  if (kind) {
    const mark = document.createElement("i");
    mark.className = kind;
    item.append(mark);
  }
  item.append(words);
  return item;
}

function levels(most, { y, right }) {
  return [0, most / 2, most].flatMap((value) => [
    element("path", { class: value ? "grid" : "axis", d: `M${LEFT} ${y(value).toFixed(1)}H${right}` }),
    element("text", { class: "end", x: LEFT - 8, y: y(value) + 4 }, (most < 10 ? FEW : WHOLE).format(value)),
  ]);
}

function ticks({ x, last, right }) {
  const room = Math.max(2, Math.floor((right - LEFT) / 64));
  const every = TICKS.find((step) => last / step <= room) ?? TICKS.at(-1);
  const moments = Array.from({ length: Math.floor(last / every) + 1 }, (_, place) => place * every);
  return moments.map((moment) => {
    const hours = Math.floor(moment / 3600);
    const minutes = String(Math.floor((moment % 3600) / 60)).padStart(2, "0");
    return element("text", { class: "middle", x: x(moment), y: HEIGHT - 6 }, `${hours}:${minutes}`);
  });
}

function path(points, name, { x, y }) {
  return points.map((point, place) => `${place ? "L" : "M"}${x(point.seconds).toFixed(1)} ${y(point[name]).toFixed(1)}`).join("");
}

function steps(points, name, { x, y }) {
  return points.map((point, place) => (place ? `H${x(point.seconds).toFixed(1)}V${y(point[name]).toFixed(1)}` : `M${x(point.seconds).toFixed(1)} ${y(point[name]).toFixed(1)}`)).join("");
}

function roundUp(number) {
  const power = 10 ** Math.floor(Math.log10(number));
  return [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((step) => step >= number - 1e-9);
}

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}
