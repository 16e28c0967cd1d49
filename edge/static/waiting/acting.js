// What the fan does.

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
  fan = given.move = null;
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
  await show('move');
  remember({ moving: given.move.expires_at });
  await look();
}

const support = () => show('support').then(look);

// A code is of the fan who asked for it: whoever joins anew here has another place.
async function show(what) {
  given[what] = { fan_id: fan.fan_id, ...(await post(`/${what}`)) };
  trouble = null;
  say(given[what].code);
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
