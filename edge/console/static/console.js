// What every page of the console has.

import { explain } from "./api.js";
import { note } from "./notes.js";

// A promise that nobody looked after is still told.
addEventListener("unhandledrejection", (event) => {
  if (event.reason?.name === "AbortError") return;
  note(explain(event.reason), "bad");
});

document.addEventListener("role-taken", () => {
  const me = document.querySelector(".me > span:last-child");
  if (!me) return;
  const role = document.createElement("small");
  role.textContent = document.body.dataset.role;
  me.replaceChildren(`${document.body.dataset.who} `, role);
});

// On a phone the tab of this page may be out of sight.
const tab = document.querySelector(".tabs [aria-current]");
if (tab) tab.closest(".tabs").scrollLeft = tab.offsetLeft - (tab.closest(".tabs").clientWidth - tab.offsetWidth) / 2;
