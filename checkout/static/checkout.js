// The pages work without this. It counts down, and keeps one press of a button from becoming two.
"use strict";

for (const time of document.querySelectorAll("time[data-until]")) {
  // The server's clock counts: only the time since the page was made is measured here.
  const madeAt = performance.now();
  const leftAtFirst = Number(time.dataset.until) - Number(time.dataset.now);
  const shown = time.parentElement.querySelector("[data-left]");
  const show = () => {
    const seconds = Math.max(0, Math.round((leftAtFirst - (performance.now() - madeAt)) / 1000));
    const minutes = String(Math.floor(seconds / 60));
    shown.textContent = `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
    shown.hidden = false;
    time.parentElement.classList.toggle("soon", seconds < 120);
    // No reload: what has been typed stays, and the answer to the form says that the time is over.
    if (seconds === 0) clearInterval(ticking);
  };
  const ticking = setInterval(show, 1000);
  show();
}

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", () => {
    form.querySelector("button:not([type=button])").setAttribute("aria-busy", "true");
    setTimeout(() => form.querySelectorAll("button").forEach((button) => { button.disabled = true; }));
  });
}

// A page that the browser kept must not come back with its button dead.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
