// The waiting page: look at the room's snapshot, work out the fan's place, show one state.
//
// Visible text is in the template: in the sections, in their data-title, and in #texts.
// Comments stand on lines of their own. edge/squeezing.py makes the file small before it is served.

// ---- Rules over values. waitroom/places.py, forecast.py and chance.py, and edge/states.py say the same;
// ---- tests/vectors hold each pair together.

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

// ---- What the page knows.

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
// A trouble of our own (offline, away, busy, refused) stands above what the snapshot has to tell.
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

// ---- Asking the edge.

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
  try {
    const answer = await ask('');
    wait = answer.retryAfter;
    if (answer.status !== 200) throw answer;
    learn(answer.body);
    await locate();
    misses = 0;
    if (['offline', 'away'].includes(trouble)) trouble = null;
  } catch {
    misses += 1;
    trouble = navigator.onLine ? 'away' : 'offline';
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

// ---- What the fan does.

const join = () => comeIn('/join', { ...(typed.join && { code: typed.join }), ...(shown === 'moved' && { anew: true }) });
const takeOver = () => comeIn('/take-over', { code: typed['take-over'] });

// By a join, or with the code that another device shows.
async function comeIn(path, what, isRetry) {
  // The key is kept until the reply is here, so that a join whose reply was lost makes no second fan.
  const slot = `wr:${room}${path}`;
  const key = kept(slot) ?? hex(crypto.getRandomValues(new Uint8Array(16)));
  keep(slot, key);
  let fanOfKey;
  try {
    fanOfKey = await post(path, what, { 'Idempotency-Key': key });
  } catch (no) {
    if (isFinal(no)) keep(slot, null);
    // The cookie was of an earlier sale; the edge has just taken it away.
    if (/other-epoch/.test(no.body?.type) && !isRetry) return comeIn(path, what, true);
    throw no;
  }
  keep(slot, null);
  const { epoch, fan_id, tier, score, state } = fanOfKey;
  if (epoch !== snapshot?.epoch) await look();
  fan = null;
  remember({ fan_id, tier, score, commitment: snapshot.draw.commitment });
  place = /admitted|active/.test(state) ? { state } : null;
  trouble = null;
  await look();
}

async function claim() {
  const wasClaiming = claiming;
  trouble = null;
  try {
    claimed = await post('/claim');
    claiming = false;
    return render();
  } catch (no) {
    claiming = no.status === 409 && no.body.ahead === 0;
    if (claiming && !wasClaiming) say(find('[data-has=claiming]').textContent);
    if (claiming) later('claim', no.body.poll_after ?? 5);
    else if (no.status === 410) remember({ over: no.body.reason });
    else if (no.status !== 409) throw no;
  }
  await look();
}

async function leave() {
  await post('/leave');
  claimed = trouble = null;
  remember({ over: 'left' });
  await look();
}

async function moreTime() {
  settle(await post('/more-time'));
  trouble = null;
  render();
  // The button is gone for now.
  find('section:not([hidden]) h1').focus();
  say(find('[data-has=claim_at]').textContent);
}

async function move() {
  given.move = await post('/move');
  remember({ moving: given.move.expires_at });
  await show(given.move);
}

const support = async () => show((given.support = await post('/support')));

async function show({ code }) {
  trouble = null;
  say(code);
  await look();
}

// A press is what lets a page make a sound, and ask to notify.
async function tell() {
  audio = {};
  render();
  // The button is gone; what is said in its place is read instead.
  find('[data-has=will_tell]').focus();
  try {
    audio = new AudioContext();
    ring(0.05);
    await Notification.requestPermission();
  } catch { /* refused */ }
}

// Three rising tones of our own.
function ring(loud) {
  if (!audio.destination) return;
  audio.resume();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  const from = audio.currentTime;
  for (const step of [0, 1, 2]) tone.frequency.setValueAtTime(523 * 1.26 ** step, from + step / 4);
  volume.gain.setValueAtTime(loud, from);
  volume.gain.linearRampToValueAtTime(0, from + 1);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(from + 1);
}

function alarm(title) {
  if (!audio) return;
  ring(0.5);
  navigator.vibrate?.([300, 150, 300]);
  try {
    // On phones only a service worker may notify; the sound and the tab do it there.
    const note = new Notification(title, { body: name, tag: room, requireInteraction: true });
    note.onclick = () => focus();
  } catch { /* refused */ }
}

// The fan pressed the button once; we go on trying.
function again(act, retryAfter) {
  trouble = 'busy';
  tries += 1;
  render();
  later(act, Math.max(retryAfter, Math.min(30, 2 ** tries)));
}

function later(act, seconds) {
  clearTimeout(retries[act]);
  retries[act] = setTimeout(() => run(act), jitter(seconds));
}

async function refuse(type) {
  const [why] = /(move-)?code-\w+$|no-more-time$|pass-moved$|too-many-guesses$/.exec(type) ?? [];
  const isMoved = why === 'pass-moved';
  if (isMoved) remember({ over: 'moved' });
  acted = false;
  await look();
  trouble = isMoved || (!why && news()) ? null : why ?? 'refused';
  render();
}

// What the edge refuses stays refused; no answer at all counts as one that says "later".
const isFinal = ({ status, body }) => status < 500 && (status !== 429 || /guesses/.test(body.type));
const acts = { join, claim, leave, move, support, tell, 'more-time': moreTime, 'take-over': takeOver };
const run = (act) => acts[act]().catch((no) => (isFinal(no) ? refuse(no.body.type) : again(act, no.retryAfter ?? 0)));

function enter() {
  const form = find('#enter');
  // The page may have slept past the token's end; the turn stands, so ask again.
  const isLate = left(claimed.expires_at) < 2;
  form.action = claimed.enter_url;
  form.elements.admission_token.value = claimed.admission_token;
  claimed = isLate ? null : { ...claimed, entered: true };
  if (isLate) run('claim');
  else form.submit();
}

document.addEventListener('submit', (event) => {
  const { act } = event.target.dataset;
  if (!act && event.target.id !== 'enter') return;
  event.preventDefault();
  acted = !/tell|move|support|more/.test(act);
  if (/refused|code|more/.test(trouble)) trouble = null;
  clearTimeout(retries[act]);
  tries = 0;
  typed[act] = event.target.elements.code?.value.trim();
  if (act) run(act);
  else enter();
});

// ---- Showing it.

const number = (value, style) => value.toLocaleString(locale, style);
const say = (text) => { find('#status').textContent = text; };
const write = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? '');

function count(value, exact) {
  if (exact || value < 100) return number(value);
  return number(value, { maximumSignificantDigits: 3 });
}

function clock(seconds) {
  const two = (value) => String(Math.floor(value)).padStart(2, '0');
  const hours = Math.floor(seconds / 3600) % 24;
  const days = Math.floor(seconds / 86400);
  const rest = `${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
  if (days) return write(texts.days, { days, clock: `${hours}:${rest}` });
  return hours ? `${hours}:${rest}` : rest.replace(/^0/, '');
}

function moment(time) {
  const when = new Date(time);
  const isToday = when.toDateString() === new Date(now()).toDateString();
  const style = isToday ? { timeStyle: 'short' } : { weekday: 'short', day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' };
  return when.toLocaleString(locale, style);
}

function waitText(range) {
  if (!range) return texts.unknown;
  const [unit, low, high] = inUnits(...range);
  const format = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' });
  if (!low) return write(texts.under, { high: format.format(high) });
  return format.formatRange?.(low, high) ?? `${number(low)} – ${format.format(high)}`;
}

// Nobody knows how long a pause lasts.
function waitFor(ahead) {
  const { paused, measured_per_minute: measured, rate_per_minute: rate, release_at: release } = snapshot;
  return paused ? null : waitRange(ahead, measured, rate, release ? left(release) : 0);
}

function chanceText(ahead) {
  const { admitted, active, seats_left: seats, seats_a_buyer: each, sold_out: soldOut } = snapshot;
  return texts[chanceOf(ahead, admitted + active, seats, each, soldOut)] ?? null;
}

// Every value that a section may show; null or false hides the element that shows it.
function valuesNow(wait = null) {
  const drawTime = snapshot.lobby_closes_at ?? snapshot.release_at;
  const { ahead, exact } = place ?? {};
  const way = ahead == null ? null : progress(ahead);
  const values = {
    lobby: number(snapshot.lobby || snapshot.draw.entrants || 0), others: number(Math.max(0, snapshot.lobby - 1)), waiting: number(snapshot.waiting),
    wait_now: waitText(waitFor(snapshot.waiting)), wait: waitText(wait),
    seats: snapshot.seats_left == null ? null : number(snapshot.seats_left),
    ahead: ahead == null ? null : count(ahead, exact),
    place: ahead == null ? null : exact || ahead < 100 ? number(ahead + 1) : write(texts.about, { n: count(ahead + 1, false) }),
    chance: ahead == null ? null : chanceText(ahead),
    way: way == null ? null : number(way, { style: 'percent' }), progress: way,
    codes: snapshot.codes !== 'off', [`code_${snapshot.codes}`]: true,
    drawn: fan?.drawn, published: snapshot.draw.seed, claiming, rehearsal: snapshot.rehearsal,
    may_tell: !audio, will_tell: audio, claim_soon: isSoon(),
    address: location.host + location.pathname,
    commitment: snapshot.draw.commitment, message: snapshot.message,
    updated: new Date(lookedAt).toLocaleTimeString(locale),
  };
  const times = {
    lobby: snapshot.lobby_at ?? snapshot.release_at, draw: drawTime, release: snapshot.release_at,
    claim: place?.claim_by, enter: claimed?.enter_at, move: given.move?.expires_at, support: given.support?.expires_at,
  };
  for (const [name, time] of Object.entries(times)) {
    const isAhead = time && left(time);
    values[`${name}_in`] = isAhead ? clock(left(time)) : null;
    values[`${name}_at`] = isAhead ? moment(time) : null;
    values[`${name}_code`] = isAhead ? given[name]?.code : null;
  }
  return values;
}

const isSoon = () => place?.claim_by && left(place.claim_by) <= 120;

function progress(ahead) {
  if (!(fan.start >= ahead)) remember({ start: Math.max(ahead, 1) });
  return Math.floor(100 - (100 * ahead) / fan.start) / 100;
}

const find = (what) => document.querySelector(what);
const all = (what) => document.querySelectorAll(what);

function hide(kind, isHidden) {
  for (const element of all(`[data-${kind}]`)) element.hidden = isHidden(element.dataset[kind]);
}

function fill(values) {
  const isMissing = (name) => (values[name] ?? false) === false;
  hide('has', isMissing);
  hide('unless', (name) => !isMissing(name));
  for (const element of all('[data-fill]')) {
    const text = String(values[element.dataset.fill] ?? '');
    if (element.textContent === text) continue;
    element.textContent = text;
    element.classList.toggle('long', text.length > 7);
  }
  for (const link of all('[data-check]')) link.hash = fan?.fan_id ?? '';
  for (const bar of all('progress[max]')) bar.value = Math.max(0.02, values.progress);
}

function showNotice() {
  const notice = trouble ?? (snapshot && news());
  const before = find('[data-notice]:not([hidden])')?.dataset.notice;
  hide('notice', (name) => name !== notice);
  if (notice && notice !== before) say(find(`[data-notice=${notice}]`).textContent);
}

function render() {
  showNotice();
  if (!snapshot) return;
  const standing = claimed ? 'entering' : place?.state ?? (fan ? 'lobby' : null);
  const wait = place?.ahead == null ? null : waitFor(place.ahead);
  const state = stateOf(snapshot, standing, place?.ahead, wait);
  const values = valuesNow(wait);
  const section = find(`section[data-state=${state}]`);
  fill(values);
  hear();
  const title = write(section.dataset.title, values) || section.querySelector('h1').textContent;
  // At the turn the tab's title alternates: the time left comes and goes.
  const flash = state === 'turn' && Math.floor(now() / 1000) % 2 ? values.claim_in : null;
  document.title = `${flash ?? title} · ${flash ? title : name}`;
  if (state !== shown) change(state, section, values);
  else milestone(state, values, wait);
  if (claimed && !claimed.entered && !left(claimed.enter_at)) enter();
}

function change(state, section, values) {
  hide('title', () => true);
  section.hidden = false;
  document.body.dataset.state = shown = state;
  hide('when', (states) => !states.split(' ').includes(state));
  const icon = find('[rel=icon]');
  icon.href = icon.href.replace(/fill='[^']+'/, `fill='${state === 'turn' ? '%230b8a55' : '%234a67f0'}'`);
  told = null;
  // Only who acted here, or would lose the focus, is taken to the new heading.
  if (acted || document.activeElement.closest('[hidden]')) section.querySelector('h1').focus();
  acted = false;
  const title = section.querySelector('h1').textContent;
  if (state === 'turn') alarm(title);
  say(`${title}. ${place?.ahead == null ? section.querySelector('.lead:not([hidden])')?.textContent ?? '' : write(texts.at, values)}`);
}

// Milestones only: the way halved, each minute under ten, two minutes left to take the turn.
function milestone(state, values, wait) {
  const minutes = wait ? Math.ceil(wait[1] / 60) : Infinity;
  if (state === 'turn') {
    if (isSoon() && !told) say(find('.soon').textContent);
    told = isSoon();
  } else if (state === 'waiting' || state === 'next') {
    const news = told && (place.ahead <= told.ahead / 2 || (minutes < 10 && minutes < told.minutes));
    if (news) say(write(texts.at, values));
    if (news || !told) told = { ahead: place.ahead, minutes };
  }
}

// What the organizer says anew is said aloud, too.
function hear() {
  const message = snapshot.message ?? '';
  if (heard != null && message && heard !== message) say(message);
  heard = message;
}

function tick() {
  render();
  // The machine has slept past the next look, and its timers with it.
  if (Date.now() > due + 5000) look();
  // Before the first answer there is no time to keep step with.
  setTimeout(tick, 1000 - (now() % 1000) || 1000);
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden && Math.abs(Date.now() - lookedAt) > 1000) look();
});
addEventListener('online', look);
addEventListener('offline', look);
// Another tab joined or left.
addEventListener('storage', (event) => {
  if (snapshot && event.key === memory()) look((fan = kept(memory())));
});
// Back from the shop: the page is as it was left, so ask how things stand.
addEventListener('pageshow', (event) => {
  if (event.persisted) look((claimed = null));
});

look().then(tick);
