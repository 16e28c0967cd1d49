// Showing it. Visible text is in the template: in the sections, in their data-title, and in #texts.

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
    claim: place?.claim_by, enter: claimed?.enter_at, move: endOf(given.move), support: endOf(given.support),
  };
  for (const [name, time] of Object.entries(times)) {
    const isAhead = time && left(time);
    values[`${name}_in`] = isAhead ? clock(left(time)) : null;
    values[`${name}_at`] = isAhead ? moment(time) : null;
    values[`${name}_code`] = isAhead ? given[name]?.code : null;
  }
  return values;
}

const endOf = (offer) => (offer?.fan_id === fan?.fan_id ? offer?.expires_at : null);
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
  // While the room is restored nobody is told a place.
  const named = /place/.test(section.dataset.title) && !values.place ? '' : section.dataset.title;
  const title = write(named, values) || section.querySelector('h1').textContent;
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
