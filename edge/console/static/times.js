// Times that the page came with, by the organizer's own clock; what the server wrote is the title.

import { moment } from "./words.js";

for (const time of document.querySelectorAll("[data-moment]")) {
  time.title = time.textContent;
  time.textContent = moment(time.dateTime);
}
