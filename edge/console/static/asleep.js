// A form sleeps until its script is there: what was typed before would be lost, and a press would send it by itself.

export function wake(form) {
  form.querySelector(".asleep").disabled = false;
}
