// Acts on a running room. What cannot be taken back asks for the room's name first.

import { explain, patch, post, remove } from "./api.js";
import { wake } from "./asleep.js";
import { ask, open } from "./dialogs.js";
import { note } from "./notes.js";
import { may } from "./roles.js";
import { withVersion } from "./versions.js";

const DANGEROUS = {
  "release-now": {
    path: "release-now",
    title: "Release now?",
    text: "The lobby closes at this moment, its fans are drawn, and the line is let through. This cannot be taken back.",
    go: "Release now",
    done: "Released.",
  },
  "draw-without-beacon": {
    path: "draw-without-beacon",
    title: "Draw without the beacon?",
    text: "The draw goes on at once. Its proof will say for ever that whoever holds the keys could have chosen the order.",
    go: "Draw without it",
    done: "The draw goes on without the beacon.",
  },
  close: {
    path: "close",
    title: "Close the room?",
    text: "Nobody joins and nobody gets a turn any more. Who is inside may finish. Fans are told that the sale is over.",
    go: "Close the room",
    done: "The room is closed.",
  },
};

export class Acts {
  #room = null;
  #isWaitingForBeacon = false;
  #isBusy = false;

  constructor({ onChanged }) {
    this.onChanged = onChanged;
    this.button("pause").addEventListener("click", () => this.#pauseOrResume());
    this.button("say").addEventListener("click", () => this.#say());
    this.button("sold-out").addEventListener("click", () => this.#markSoldOut());
    this.button("delete").addEventListener("click", () => this.#delete());
    for (const id of Object.keys(DANGEROUS)) this.button(id).addEventListener("click", () => this.#dangerous(id));
    const menu = document.getElementById("more");
    // A menu closes when one looks elsewhere, and by Escape.
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target) || event.target.closest("#more button")) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    document.addEventListener("role-taken", () => this.#paint());
  }

  button(id) {
    return document.getElementById(id);
  }

  show(room, draw) {
    this.#room = room;
    this.#isWaitingForBeacon = draw.waits_for_beacon;
    this.#paint();
    wake(this.button("acts"));
  }

  get #isHeld() {
    return this.#room.paused || this.#room.sold_out;
  }

  #paint() {
    if (!this.#room) return;
    const { phase } = this.#room;
    const pause = this.button("pause");
    const label = this.#isHeld ? "Resume" : "Pause";
    if (pause.textContent !== label) pause.textContent = label;
    pause.classList.toggle("main", this.#isHeld);
    this.#enable("pause", phase !== "closed");
    this.#enable("say", true);
    this.#enable("close", phase !== "closed");
    this.#enable("sold-out", phase !== "closed" && !this.#room.sold_out);
    this.button("release-now").hidden = !["scheduled", "lobby"].includes(phase) && !(phase === "drawing" && this.#room.release_at > this.#room.now);
    this.button("draw-without-beacon").hidden = !this.#isWaitingForBeacon;
    this.button("sold-out").hidden = ["scheduled", "lobby", "drawing"].includes(phase);
  }

  #enable(id, isPossible) {
    const button = this.button(id);
    button.disabled = !isPossible || !may(button.dataset.needs);
  }

  #pauseOrResume() {
    const isHeld = this.#isHeld;
    const path = `/rooms/${this.#room.room}/${isHeld ? "resume" : "pause"}`;
    const done = isHeld ? "The line moves again." : "Paused: nobody gets a turn, and nobody loses a place or a turn.";
    return this.#do((version) => post(path, { version }), done);
  }

  async #markSoldOut() {
    const text = "Fans are told that nothing is left, and get no more turns. Resume takes it back.";
    if (!(await ask({ title: "Mark the room sold out?", text, go: "Mark sold out", isDangerous: true }))) return;
    await this.#do((version) => patch(`/rooms/${this.#room.room}`, { version, sold_out: true }), "Marked sold out.");
  }

  async #say() {
    const dialog = document.getElementById("message");
    const input = dialog.querySelector("textarea");
    const preview = document.getElementById("message-preview");
    const seen = this.#room.version;
    const look = () => {
      preview.textContent = input.value.trim() || "No message stands on the page.";
      document.getElementById("message-go").textContent = input.value.trim() ? "Say it" : "Take it away";
    };
    input.value = this.#room.message;
    input.oninput = look;
    look();
    const send = () => {
      const message = input.value.trim();
      return this.#do((version) => patch(`/rooms/${this.#room.room}`, { version, message }), message ? "Said." : "Taken away.", seen);
    };
    await open(dialog, { first: input, mayGo: send });
  }

  async #dangerous(id) {
    const { path, title, text, go, done } = DANGEROUS[id];
    const seen = this.#room.version;
    if (!(await ask({ title, text, go, word: this.#room.room, isDangerous: true }))) return;
    await this.#do((version) => post(`/rooms/${this.#room.room}/${path}`, { version }), done, seen);
  }

  async #delete() {
    const text = "The room, every fan's place, its logs and its draw's proof are gone for good. Close it instead if the sale is over.";
    if (!(await ask({ title: "Delete the room?", text, go: "Delete the room", word: this.#room.room, isDangerous: true }))) return;
    try {
      await remove(`/rooms/${this.#room.room}`);
      location.assign("/");
    } catch (error) {
      note(explain(error), "bad");
    }
  }

  // Do it once at a time, on the version that was seen; true when it was done.
  async #do(attempt, done, seen = this.#room.version) {
    if (this.#isBusy) return false;
    this.#isBusy = true;
    try {
      const changed = await withVersion(this.#room.room, seen, attempt);
      if (changed === null) return false;
      note(done, "good");
      this.onChanged();
      return true;
    } catch (error) {
      note(explain(error), "bad");
      return false;
    } finally {
      this.#isBusy = false;
    }
  }
}
