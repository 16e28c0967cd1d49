// What the page knows, and how it asks the edge.

const { room, name } = document.body.dataset;
const api = `/v1/rooms/${encodeURIComponent(room)}`;
const language = document.documentElement.lang;
// Numbers and times as this browser writes them, where that is the language of the page.
const spoken = navigator.languages.find((wanted) => wanted.split('-')[0] === language) ?? language;
// One kind of digits on the page: the countdowns and the server write these.
const locale = new Intl.Locale(spoken, { numberingSystem: 'latn' });
const texts = JSON.parse(document.getElementById('texts').textContent);

let snapshot = null;
let fan = null;
let place = null;
let claimed = null;
let claiming = false;
// A trouble of our own (offline, away, unreached, busy, refused) stands above what the snapshot has to tell.
let trouble = null;
// The server's time less that of this page's own clock, which no change of the machine's clock moves.
let skew = -Infinity;
let misses = 0;
let lookedAt = 0;
let due = Infinity;
let timer = 0;
// How often the act that was pressed last was tried; looks that succeed meanwhile do not count.
let tries = 0;
let told = null;
let shown = document.body.dataset.state;
let acted = false;
let presented = null;
let heard = null;
let audio = null;
// The codes that this page was given: of a move, and of support.
const given = {};
// For each act: the code that was typed with it, and the timer of its next try.
const typed = {};
const retries = {};

const now = () => performance.now() + skew;
const left = (time) => Math.max(0, Math.ceil((Date.parse(time) - now()) / 1000));
const jitter = (seconds) => seconds * 1000 * (1 + Math.random() / 4);

// Storage may be refused; then the page knows the fan until it is closed, and the cookie afterwards.
const shelf = {};

function keep(key, value) {
  shelf[key] = value;
  try {
    if (value == null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch { /* refused */ }
}

function kept(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return shelf[key] ?? null;
  }
}

const news = () => noticeOf(snapshot, new Date(now()).toISOString());

// The pass itself is in a cookie that no script can read; this is what the place is worked out from.
const memory = () => `wr:${room}:${snapshot.epoch}`;

function remember(changes) {
  fan = changes && { ...fan, ...changes };
  keep(memory(), fan);
}

// Asking the edge.

async function ask(path, options) {
  const answer = await fetch(api + path, { cache: 'no-cache', signal: AbortSignal.timeout?.(10000), ...options });
  // What is cut off on the way is no answer; a refusal may come without words.
  const body = answer.ok && answer.status !== 204 ? await answer.json() : await answer.json().catch(() => ({}));
  return { status: answer.status, body, retryAfter: Number(answer.headers.get('Retry-After')) || 0 };
}

// The answer to an act; whatever is no success is thrown.
async function post(path, body = {}, headers = {}) {
  const options = { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } };
  const answer = await ask(path, options);
  if (answer.status > 204) throw answer;
  return answer.body;
}

async function look() {
  clearTimeout(timer);
  lookedAt = Date.now();
  due = Infinity;
  let wait = 0;
  const before = snapshot && news();
  try {
    const answer = await ask('');
    wait = answer.retryAfter;
    if (answer.status !== 200) throw answer;
    learn(answer.body);
    await locate();
    misses = 0;
    // What was refused a while ago does not stand in the way of news.
    if (['offline', 'away', 'unreached'].includes(trouble) || (news() && news() !== before)) trouble = null;
  } catch {
    misses += 1;
    // Who has no place is not told that it is kept; what was pressed and goes on being tried stands.
    if (!fan || fan.over) trouble ??= 'unreached';
    else trouble = navigator.onLine ? 'away' : 'offline';
  }
  render();
  clearTimeout(timer);
  const delay = misses ? jitter(Math.max(wait, Math.min(60, 2 ** misses))) : untilNext();
  due = Date.now() + delay;
  timer = setTimeout(look, delay);
}

function learn(body) {
  const sample = Date.parse(body.now) - performance.now();
  // A cached answer is older than it says, never younger: the greatest sample is the best, until the server's clock is set.
  if (sample > skew || sample < skew - 90000) skew = sample;
  const isOpening = !snapshot;
  // Another cache may have kept an older one: the line does not go backwards on the page.
  if (snapshot?.epoch === body.epoch && body.now < snapshot.now && skew > sample) return;
  if (snapshot?.epoch !== body.epoch) {
    snapshot = body;
    fan = kept(memory());
    place = null;
  }
  snapshot = body;
  present(isOpening);
}

const isMoving = () => fan?.moving && left(fan.moving) > 0;

// Cases: not joined; the turn is over; about to be moved; nothing to know yet; worked out here; only the edge can tell.
async function locate() {
  if (!fan) place = null;
  else if (fan.over) place = { state: fan.over };
  // While a code is about, only the edge knows whether the place has been moved by it.
  else if (isMoving()) await askPlace();
  else if (!['open', 'closed'].includes(snapshot.phase)) place = { state: fan.score == null ? 'lobby' : 'waiting' };
  else {
    if (fan.score == null) await drawOwn();
    // While fans come back after a loss the line is incomplete: the place of before stands.
    if (news() === 'recovering') return void (place ??= { state: 'waiting' });
    const found = fan.score == null ? null : placeFromCurve(snapshot.curve, fan.score, snapshot.waiting);
    if (found && ['lobby', 'waiting', undefined].includes(place?.state)) place = { state: 'waiting', ...found };
    else await askPlace();
  }
}

async function drawOwn() {
  const { seed, root } = snapshot.draw;
  if (!seed || !root || !globalThis.crypto?.subtle) return;
  // Only the secret whose fingerprint this fan was shown on joining proves anything.
  const fingerprint = hex(new Uint8Array(await crypto.subtle.digest('SHA-256', unhex(seed))));
  remember({ score: await drawScore(snapshot.draw, fan.fan_id, fan.tier), drawn: fingerprint === fan.commitment });
}

// After a loss each page presents its pass once: as it is opened, or at a random moment of the time that is left.
function present(isOpening) {
  const until = snapshot.recovering_until;
  if (!fan || fan.over || presented === until || news() !== 'recovering') return;
  presented = until;
  setTimeout(comeBack, isOpening ? 0 : Math.random() * 900 * left(until));
}

async function comeBack() {
  const before = place;
  try {
    await askPlace();
    if (place?.state === before?.state) place = before;
  } catch {
    setTimeout(comeBack, jitter(5));
  }
  render();
}

async function askPlace() {
  const answer = await ask('/place');
  if (answer.status === 200 && answer.body.state !== 'unknown') return settle(answer.body);
  if (answer.status >= 500 || answer.status === 429) throw answer;
  // While the room is restored a fan may be unknown for a moment; otherwise this browser has no place.
  if (news() !== 'recovering') remember((place = null));
}

function settle(answer) {
  place = answer;
  if (/left|lapsed|expired|finished|moved/.test(answer.state)) remember({ over: answer.state });
  if (answer.state !== 'admitted') claiming = false;
}

// When to look again: as the room asks for this distance, and just after the next moment that matters.
function untilNext() {
  const { poll, phase } = snapshot;
  const hint = (ahead) => poll.reduce((delay, [from, seconds]) => (ahead >= from ? seconds : delay), 2);
  const far = hint(Infinity);
  let delay = place?.poll_after ?? (place?.ahead != null ? hint(place.ahead) : far);
  // The draw of a small lobby takes a moment, that of a large one minutes.
  if (phase === 'drawing') delay = hint(Math.min(100, snapshot.lobby));
  if (isMoving()) delay = Math.min(delay, 4);
  if (phase === 'closed' || fan?.over) delay = 60;
  const moments = [snapshot.lobby_at, snapshot.lobby_closes_at, snapshot.release_at, place?.claim_by];
  const soon = moments.filter(Boolean).map(left).filter(Boolean);
  return Math.min(jitter(delay), ...soon.map((seconds) => seconds * 1000 + 200 + Math.random() * 1800));
}
