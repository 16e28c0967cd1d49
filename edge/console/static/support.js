// The support desk: a code that a fan reads out, and what the room knows of that fan.

import { clearErrors, explain, post, Refused, showErrors } from "./api.js";
import { wake } from "./asleep.js";
import { announce } from "./notes.js";
import { clock, count, moment, range } from "./words.js";

const STATES = {
  lobby: ["In the lobby", "lobby", "In the lobby, and in the draw when it closes. Nothing to do but wait; the tab may be closed."],
  waiting: ["In line", "open", "In line. The place is kept, also with the tab closed; the page says when the turn comes."],
  admitted: ["Has the turn", "open", "It is this fan's turn: open the page and press the button before the time is over."],
  entering: ["On the way in", "open", "Has taken the turn and goes in at the moment that the page shows."],
  active: ["Inside", "open", "Has taken the turn and is in the shop, or on the way there."],
  finished: ["Done", "closed", "The visit is over: bought, or left the shop. Another turn means joining again, at the end of the line."],
  left: ["Left the line", "closed", "Gave the place up. Another turn means joining again, at the end of the line."],
  lapsed: ["Missed the turn", "bad", "Did not take the turn in time. Another turn means joining again, at the end of the line."],
  expired: ["Ran out of time", "bad", "The time in the shop ran out. Orders that were paid stand; another turn means joining again."],
  moved: ["On another device", "warn", "The place is on another device now; this one holds it no more."],
  unknown: ["Not known", "quiet", "The room does not know this fan, perhaps after a loss: the fan's page puts the place back when it is opened."],
};
const DEEDS = {
  joined: "Joined", drawn: "Was drawn", moved: "Moved to another device", "turn-given": "Got the turn", "more-time": "Asked for more time",
  claimed: "Took the turn; may enter from then on", entered: "Came in", finished: "Finished", left: "Left the line",
  lapsed: "Let the turn lapse", expired: "Ran out of time inside",
};
const address = `/rooms/${document.getElementById("main").dataset.room}/support`;
const form = document.getElementById("support-form");
const card = document.getElementById("fan");
const trouble = document.getElementById("form-trouble");
let code = "";

form.addEventListener("submit", (event) => {
  event.preventDefault();
  code = form.elements.code.value;
  find();
});
document.getElementById("again").addEventListener("click", find);
wake(form);

async function find() {
  clearErrors(form);
  trouble.hidden = true;
  try {
    show(await post(address, { code }));
  } catch (error) {
    card.hidden = true;
    const homeless = error instanceof Refused ? showErrors(form, error.errors) : [];
    if (error instanceof Refused && error.errors.length && !homeless.length) return;
    trouble.textContent = explain(error);
    trouble.hidden = false;
    trouble.focus();
  }
}

function show(fan) {
  const [words, kind, advice] = STATES[fan.state] ?? [fan.state, "quiet", ""];
  const set = (key, text) => {
    card.querySelector(`[data-value="${key}"]`).textContent = text;
  };
  const badge = document.getElementById("fan-state");
  badge.textContent = words;
  badge.className = `badge ${kind}`;
  document.getElementById("fan-words").textContent = advice;
  set("fan", `${fan.fan}…`);
  set("joined", moment(fan.joined_at));
  set("ahead", count(fan.ahead));
  set("wait", range(fan.wait_seconds));
  set("claim_by", fan.claim_by ? clock(fan.claim_by) : "–");
  set("tier", count(fan.tier));
  set("moves", count(fan.moves));
  document.getElementById("history").replaceChildren(...fan.history.map(entry));
  const isNew = card.hidden;
  card.hidden = false;
  if (isNew) card.focus();
  announce(`${words}. ${advice}`);
}

function entry({ at, what }) {
  const item = document.createElement("li");
  if (at) {
    const when = document.createElement("time");
    when.className = "when";
    when.dateTime = at;
    when.textContent = moment(at);
    item.append(when);
  }
  item.append(DEEDS[what] ?? what);
  return item;
}
