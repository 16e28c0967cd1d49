// Clock times of a zone and moments: pure. A clock time may come twice or never where clocks are changed; nothing is guessed.

const MINUTE = 60_000;
const REACH = 36 * 60 * MINUTE;
const LOCAL = /^(\d{4,6})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?$/;
const writers = new Map();

// The zone of this browser.
export const own = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

// Every zone, this browser's own and UTC first.
export function zones() {
  const known = Intl.supportedValuesOf("timeZone");
  return [...new Set([own, "UTC", ...known])];
}

export function isZone(zone) {
  try {
    writer(zone);
    return true;
  } catch {
    return false;
  }
}

// The clock of a zone at a moment, as `datetime-local` has it: 2027-01-15T19:00, with seconds where there are any.
export function toLocal(at, zone) {
  const text = new Date(clock(at, zone)).toISOString();
  return text.slice(0, text.slice(17, 19) === "00" ? 16 : 19);
}

// Minutes that a zone's clock is before UTC at a moment.
export function offsetAt(at, zone) {
  const whole = Math.floor(at / 1000) * 1000;
  return (clock(whole, zone) - whole) / MINUTE;
}

// "UTC+01:00".
export function offsetName(at, zone) {
  const minutes = Math.round(offsetAt(at, zone));
  const two = (number) => String(Math.floor(Math.abs(number))).padStart(2, "0");
  return minutes ? `UTC${minutes < 0 ? "−" : "+"}${two(minutes / 60)}:${two(minutes % 60)}` : "UTC";
}

// Which moments a clock time of a zone is: `{kind: "one", at}`, `{kind: "twice", ats}` where clocks go back,
// `{kind: "never", ats}` where they go forward (the moments that the old and the new clock would have meant, in their
// order), `{kind: "none"}` for what is no clock time.
export function resolve(local, zone) {
  const naive = parse(local);
  if (naive === null) return { kind: "none" };
  const offsets = [...new Set([naive - REACH, naive, naive + REACH].map((at) => offsetAt(at, zone)))];
  const all = offsets.map((offset) => naive - offset * MINUTE);
  const ats = all.filter((at) => clock(at, zone) === naive).sort((one, other) => one - other);
  if (ats.length === 1) return { kind: "one", at: ats[0] };
  if (ats.length) return { kind: "twice", ats };
  return { kind: "never", ats: all.sort((one, other) => one - other) };
}

function parse(local) {
  const found = LOCAL.exec(local);
  if (!found) return null;
  const [year, month, day, hour, minute, second = 0] = found.slice(1).map((part) => Number(part ?? 0));
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(at);
  // The 31st of February is none.
  return back.getUTCDate() === day && hour < 24 ? at : null;
}

function clock(at, zone) {
  const parts = Object.fromEntries(writer(zone).formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
}

function writer(zone) {
  if (!writers.has(zone)) {
    writers.set(
      zone,
      new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
        timeZone: zone,
        hourCycle: "h23",
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
        second: "numeric",
      }),
    );
  }
  return writers.get(zone);
}
