// The waiting page: look at the room's snapshot, work out the fan's place, show one state.
//
// Four parts make one module, in this order: rules, looking, acting, showing. Comments stand on lines of their own:
// edge/squeezing.py makes the whole small before it is served.

// Rules over values. waitroom/places.py, forecast.py and chance.py, and edge/states.py say the same;
// tests/vectors hold each pair together.

export function placeFromCurve(curve, score, waiting) {
  if (!curve.length || score < curve[0][0]) return null;
  let at = curve.length - 1;
  if (score > curve[at][0]) return { ahead: Math.max(waiting, curve[at][1] + 1), exact: false };
  while (curve[at][0] > score) at -= 1;
  const [before, ahead] = curve[at];
  if (score === before) return { ahead, exact: true };
  const [after, aheadAfter] = curve[at + 1];
  // Divide first: the quotient of integers below 2^53 is rounded alike here and on the server.
  const step = Math.max(1, Math.floor(((score - before) / (after - before)) * (aheadAfter - ahead)));
  return { ahead: ahead + step, exact: aheadAfter - ahead === 1 };
}

function rates(measured, configured) {
  if (configured != null && configured <= 0) return null;
  if (configured == null) return measured > 0 ? [1.15 * measured, 0.75 * measured] : null;
  if (measured <= 0) return [1.15 * configured, 0.6 * configured];
  const fast = Math.min(Math.max(measured, configured), 1.5 * measured);
  return [1.15 * fast, 0.75 * Math.min(measured, configured)];
}

function rounded(seconds, round) {
  const step = seconds < 60 ? 10 : seconds < 600 ? 60 : seconds < 7200 ? 300 : 1800;
  return round(seconds / step) * step;
}

export function waitRange(ahead, measured, configured, untilRelease = 0) {
  const pair = rates(measured ?? 0, configured);
  if (!pair) return null;
  const low = untilRelease + (ahead * 60) / pair[0];
  const high = untilRelease + ((ahead + 1) * 60) / pair[1];
  return [rounded(low, Math.floor), rounded(high, Math.ceil)];
}

export function inUnits(low, high) {
  if (high < 60) return ['second', low, high];
  if (high < 7200) return ['minute', Math.floor(low / 60), Math.ceil(high / 60)];
  return ['hour', Math.floor(low / 1800) / 2, Math.ceil(high / 1800) / 2];
}

export function chanceOf(ahead, inside, seats, seatsABuyer, soldOut) {
  if (soldOut || seats === 0) return 'none';
  if (seats == null) return null;
  const wanted = (ahead + inside + 1) * (seatsABuyer || 2);
  return wanted * 11 <= seats * 10 ? 'likely' : 'unlikely';
}

export function stateOf(snapshot, standing, ahead = null, wait = null) {
  const inside = { entering: 'entering', active: 'inside', finished: 'finished' }[standing];
  if (inside) return inside;
  if (snapshot.phase === 'closed') return 'closed';
  if (standing === 'admitted') return 'turn';
  if (snapshot.sold_out) return 'sold-out';
  if (['lapsed', 'expired', 'left', 'moved'].includes(standing)) return standing;
  if (standing === 'lobby' || standing === 'waiting') {
    if (['scheduled', 'lobby'].includes(snapshot.phase)) return 'lobby';
    // While the draw runs, the line is incomplete: a place read from it would be false.
    if (snapshot.phase === 'drawing' || (standing === 'lobby' && ahead == null)) return 'drawing';
    return ahead != null && (ahead < 10 || (wait && wait[1] <= 120)) ? 'next' : 'waiting';
  }
  return { scheduled: 'scheduled', lobby: 'join-lobby' }[snapshot.phase] ?? 'join-line';
}

export function noticeOf(snapshot, now) {
  if (snapshot.recovering_until && snapshot.recovering_until > now) return 'recovering';
  if (snapshot.phase === 'closed') return null;
  if (snapshot.paused) return 'paused';
  return snapshot.slowed ? 'slowed' : null;
}

const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const unhex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const unbase64 = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0));

// The fan's own score from the published seed: what the draw did, done again by the fan.
export async function drawScore(draw, fanId, tier) {
  const material = unhex(draw.seed + draw.root + (draw.beacon ?? ''));
  const drawKey = await crypto.subtle.digest('SHA-256', material);
  const how = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', drawKey, how, false, ['sign']);
  const mark = new Uint8Array(await crypto.subtle.sign('HMAC', key, unbase64(fanId)));
  return mark.slice(0, 6).reduce((score, byte) => score * 256 + byte, 0) + tier * 2 ** 50;
}
