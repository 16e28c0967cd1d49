// The audit's times by the reader's own clock; the zone is named, and the moment in UTC stays beside it.

const FORM = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

for (const time of document.querySelectorAll(".audit time")) {
  time.title = time.textContent;
  time.textContent = FORM.format(new Date(time.dateTime));
}
