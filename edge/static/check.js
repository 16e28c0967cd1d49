// Checks the draw for one fan: every step is computed here, from what the edge has published, by the browser's own means.
const { room } = document.body.dataset;
const find = (selector) => document.querySelector(selector);
const texts = JSON.parse(find('#texts').textContent);
const form = find('form');
const status = find('#status');

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const unbase64 = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0));
const join = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));
const sha = async (...parts) => new Uint8Array(await crypto.subtle.digest('SHA-256', join(...parts)));

// From a leaf up to the root, as RFC 9162 (2.1.3.2) says it.
export async function rootFrom(leaf, path, index, count) {
  let node = leaf;
  let at = index;
  let last = count - 1;
  for (const text of path) {
    if (last === 0) return null;
    const sibling = unhex(text);
    if (at % 2 === 1 || at === last) {
      node = await sha([1], sibling, node);
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else {
      node = await sha([1], node, sibling);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? hex(node) : null;
}

export async function scoreOf(drawKey, fanId, tier) {
  const how = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', drawKey, how, false, ['sign']);
  const mark = new Uint8Array(await crypto.subtle.sign('HMAC', key, unbase64(fanId)));
  return tier * 2 ** 50 + mark.slice(0, 6).reduce((band, byte) => band * 256 + byte, 0);
}

async function ask(path) {
  const answer = await fetch(`/v1/rooms/${room}${path}`, { credentials: 'omit' });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new Error((problem.type ?? '').replace('/problems/', ''));
}

// Of the whole proof its first line alone: what the draw was made of.
async function header() {
  const reader = (await ask('/draw')).body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('\n')) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
  }
  await reader.cancel();
  return JSON.parse(text.split('\n')[0]);
}

// Each step: whether it holds, null for what is only told, and what there is to see.
async function steps(fanId) {
  const [{ draw }, proof, made] = await Promise.all([
    ask('').then((answer) => answer.json()),
    ask(`/draw/${encodeURIComponent(fanId)}`).then((answer) => answer.json()),
    header(),
  ]);
  const seed = unhex(draw.seed);
  const leaf = await sha([0, proof.tier], unbase64(fanId));
  const root = await rootFrom(leaf, proof.path, proof.index, proof.count);
  const drawKey = await sha(seed, unhex(draw.root), unhex(draw.beacon ?? ''));
  const score = await scoreOf(drawKey, fanId, proof.tier);
  const number = new Intl.NumberFormat(document.documentElement.lang, { numberingSystem: 'latn' });
  const fingerprint = hex(await sha(seed));
  const place = proof.rank === null ? null : number.format(proof.rank + 1);
  return {
    commitment: [fingerprint === draw.commitment && made.commitment === draw.commitment, fingerprint],
    entrant: [hex(leaf) === proof.leaf && proof.fan_id === fanId, `${number.format(proof.index + 1)} / ${number.format(proof.count)}`],
    root: [root === draw.root && proof.root === draw.root && made.root === draw.root && proof.count === draw.entrants, draw.root],
    key: [hex(drawKey) === made.draw_key, hex(drawKey)],
    score: [score === proof.score, String(score)],
    rank: [null, place === null ? texts.unknown : `${place} / ${number.format(proof.count)}`],
  };
}

function show(results) {
  for (const [name, [holds, seen]] of Object.entries(results)) {
    const item = find(`[data-step=${name}]`);
    item.dataset.holds = holds === null ? 'told' : holds ? 'yes' : 'no';
    item.querySelector('[data-said]').textContent = holds === null ? texts.told : holds ? texts.yes : texts.no;
    item.querySelector('code').textContent = seen;
  }
  const isWhole = Object.values(results).every(([holds]) => holds !== false);
  say(isWhole ? 'whole' : 'broken');
}

function say(outcome) {
  status.textContent = texts[outcome] ?? texts.away;
  status.dataset.outcome = outcome;
  find('#steps').hidden = !/whole|broken/.test(outcome);
}

async function check(fanId) {
  if (!globalThis.crypto?.subtle) return say('insecure');
  if (!/^[\w-]{21}[AQgw]$/.test(fanId)) return say('no-such-entrant');
  say('running');
  try {
    show(await steps(fanId));
  } catch (no) {
    say(no.message);
  }
}

// Who waits in this browser is known to the waiting page.
function own() {
  try {
    const memory = Object.keys(localStorage).find((name) => name.startsWith(`wr:${room}:`));
    return JSON.parse(localStorage.getItem(memory))?.fan_id ?? '';
  } catch {
    return '';
  }
}

function start() {
  const asked = location.hash.slice(1);
  form.elements.fan.value = asked || own();
  if (asked) check(asked);
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const fanId = form.elements.fan.value.trim();
  history.replaceState(null, '', `#${encodeURIComponent(fanId)}`);
  check(fanId);
});
addEventListener('hashchange', start);
form.hidden = false;
find('#still').hidden = true;
start();
