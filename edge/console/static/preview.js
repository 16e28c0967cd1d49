// The fan's page in a frame, without script, in the state, language, light and width that are chosen.

import { explain, Refused, Unreachable } from "./api.js";
import { wake } from "./asleep.js";

const PAUSE_MS = 350;
const DEVICES = { phone: [390, 760], desktop: [1180, 760] };

export class Preview {
  #room;
  #onErrors;
  #timer = null;
  #wanted = { draft: null, logo: null, ownName: "" };
  #shown = "";
  #frame = document.getElementById("frame");
  #looks = document.getElementById("looks");
  #device = document.getElementById("device");

  // `onErrors` is told what is wrong with a draft, or an empty list.
  constructor(room, onErrors) {
    this.#room = room;
    this.#onErrors = onErrors;
    this.#looks.addEventListener("change", () => this.#again(0));
    this.#looks.addEventListener("submit", (event) => event.preventDefault());
    wake(this.#looks);
    this.#frame.addEventListener("load", () => this.#dress());
    new ResizeObserver(() => this.#fit()).observe(this.#device.parentElement);
  }

  // `draft` is what differs from what is saved, or null; `logo` a picture that is not saved yet.
  show(wanted) {
    this.#wanted = wanted;
    this.#again(PAUSE_MS);
  }

  #again(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#load(), pause);
  }

  async #load() {
    this.#fit();
    const { state, notice, lang, scheme } = this.#looks.elements;
    const query = new URLSearchParams({ state: state.value, notice: notice.value, lang: lang.value, scheme: scheme.value });
    if (this.#wanted.draft) query.set("draft", JSON.stringify(this.#wanted.draft));
    const address = `/rooms/${this.#room}/preview?${query}`;
    if (address === this.#shown) return this.#dress();
    try {
      await this.#check(address);
      this.#shown = address;
      this.#frame.contentWindow.location.replace(address);
      this.#onErrors([]);
      this.#say("");
    } catch (error) {
      this.#onErrors(error instanceof Refused ? error.errors : []);
      this.#say(error instanceof Refused && error.errors.length ? "The preview waits until everything can be saved." : explain(error));
    }
  }

  // Asked for first, so that a refusal stands in the form and not in the frame.
  async #check(address) {
    let response;
    try {
      response = await fetch(address, { headers: { Accept: "application/json" } });
    } catch (broken) {
      throw new Unreachable(broken.message);
    }
    if (!response.ok) throw new Refused(response.status, await response.json());
  }

  // A logo that nobody has saved yet is put in from here.
  #dress() {
    const header = this.#frame.contentDocument?.querySelector("header");
    if (!header || !this.#wanted.logo) return;
    const picture = this.#frame.contentDocument.createElement("img");
    picture.src = this.#wanted.logo;
    picture.alt = this.#wanted.ownName;
    picture.className = "logo";
    // It stands where an organizer's name, or the logo of before, is.
    for (const before of header.querySelectorAll("img, .brand")) before.remove();
    header.prepend(picture);
  }

  // As large as fits beside the form.
  #fit() {
    const device = this.#looks.elements.device.value;
    const [width, height] = DEVICES[device];
    const room = this.#device.parentElement.clientWidth - 44;
    this.#device.className = `device ${device}`;
    const scale = Math.min(1, room / width, 640 / height);
    for (const [name, value] of Object.entries({ width, height, scale: scale.toFixed(3) })) this.#device.style.setProperty(`--${name}`, value);
  }

  #say(text) {
    document.getElementById("preview-words").textContent = text || " ";
  }
}
