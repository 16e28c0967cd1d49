// Numbers, times and changes in words. Times are those of the organizer's own clock and zone.

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const FINE = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const SHORT_CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const A_DAY = 86_400_000;
const AT_ONCE_MS = 5000;

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function count(number) {
  return number === null || number === undefined ? "–" : WHOLE.format(number);
}

export function rate(number) {
  if (number === null || number === undefined) return "–";
  return (Math.abs(number) < 20 ? FINE : WHOLE).format(number);
}

export function percent(part) {
  return part === null || part === undefined ? "–" : `${WHOLE.format(part * 100)}\u00a0%`;
}

// Seconds to be read at a glance: 45 s, 3 min 20 s, 1 h 05 min, 2 days.
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(whole / 60);
  if (whole < 2 * 86_400) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(whole / 86_400)} days`;
}

// The same in one unit, for a narrow table.
export function about(seconds) {
  const whole = Math.round(seconds);
  if (whole < 90) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

// A wait that is told as a range, in the unit of its long end.
export function range(span) {
  if (!span) return "–";
  const [low, high] = span;
  if (high < 60) return `${low}–${high} s`;
  if (high < 7200) {
    const [from, to] = [Math.floor(low / 60), Math.ceil(high / 60)];
    return from ? `${from}–${to} min` : `under ${to} min`;
  }
  const half = (seconds, round) => round(seconds / 1800) / 2;
  return `${half(low, Math.floor)}–${half(high, Math.ceil)} h`;
}

export function clock(moment) {
  return CLOCK.format(new Date(moment));
}

export function shortClock(moment) {
  return SHORT_CLOCK.format(new Date(moment));
}

// A moment by clock while it is near, else with its day.
export function moment(time, now = Date.now()) {
  const at = new Date(time);
  return Math.abs(at - now) < A_DAY / 2 ? SHORT_CLOCK.format(at) : DAY.format(at);
}

// "console:olga" and "person:olga" are olga to people.
export function name(who) {
  const [kind, ...rest] = who.split(":");
  return ["console", "person"].includes(kind) && rest.length ? rest.join(":") : who;
}

const SETTINGS = {
  name: "the name",
  lobby_at: "the opening of the lobby",
  lobby_closes_at: "the close of the lobby",
  release_at: "the release",
  closes_at: "the end",
  session_minutes: "minutes in the shop",
  claim_minutes: "minutes to take a turn",
  plan: "the plan",
  codes: "presale codes",
  outage_policy: "what edges do without the store",
  target_latency_ms: "the checkout's latency target",
  branding: "the branding",
  new_users_per_minute: "the rate",
  total_active_users: "the ceiling",
};
const TIMES = ["lobby_at", "lobby_closes_at", "release_at", "closes_at"];
const HIDDEN = ["rate_by_hand", "epoch", "seed_key_id", "commitment"];
const SWITCHES = {
  "paused:1": "paused the room",
  "paused:0": "resumed the room",
  "sold_out:1": "marked the room sold out",
  "sold_out:0": "took back that it is sold out",
  "beacon_waived:1": "went on without the beacon",
};

// What one entry of the change log says, without who did it.
export function deed(entry) {
  if (entry.version === 1 && "epoch" in entry.fields) return "made the room";
  if (entry.version === 1 && Object.keys(entry.fields).length > 8) return "made the room";
  const told = Object.entries(entry.fields).filter(([field]) => !HIDDEN.includes(field));
  return told.map(([field, { from, to, why }]) => atOnce(field, to, entry.at) ?? oneDeed(field, from, to, why)).filter(Boolean).join("; ") || "changed nothing";
}

// A moment that was set to the very moment of the change is an act.
function atOnce(field, to, at) {
  if (!to || Math.abs(Date.parse(to) - Date.parse(at)) > AT_ONCE_MS) return null;
  return { release_at: "released the line", closes_at: "closed the room" }[field] ?? null;
}

function oneDeed(field, from, to, why) {
  if (field === "governed") return governed(Number(from), Number(to), why);
  if (field === "codes_made") return `made ${to}`;
  const known = SWITCHES[`${field}:${to}`];
  if (known) return known;
  if (field === "message") return to ? `said: “${to}”` : "took the message away";
  if (TIMES.includes(field)) return to ? `set ${SETTINGS[field]} to ${moment(to)}` : `took away ${SETTINGS[field]}`;
  if (field === "new_users_per_minute") return `set the rate from ${plain(from)} to ${plain(to)} a minute`;
  if (field === "total_active_users") return `set the ceiling from ${plain(from)} to ${plain(to)}`;
  if (field === "plan") return to ? "changed the plan" : "took the plan away";
  const words = SETTINGS[field] ?? field.replaceAll("_", " ");
  const isShort = String(to).length <= 40 && String(to).length > 0;
  return isShort ? `changed ${words} to ${to}` : `changed ${words}`;
}

function governed(from, to, why) {
  if (to >= 1) return "went back to the whole rate";
  return to < from ? `slowed the room to ${percent(to)} (${why})` : `went up to ${percent(to)}`;
}

function plain(text) {
  const number = Number(text);
  return text === "" || Number.isNaN(number) ? text || "nothing" : rate(number);
}
