// The steps of a plan as they are edited: pure. A step counts from the release, or is by the clock; stored are moments.

const MINUTE = 60_000;

// Steps of a stored plan: those after the release count from it.
export function stepsOf(plan, release) {
  return plan.map((step) => {
    const at = Date.parse(step.at);
    const isOffset = release !== null && at >= release;
    return {
      kind: isOffset ? "release" : "clock",
      minutes: isOffset ? (at - release) / MINUTE : 0,
      at,
      rate: step.new_users_per_minute,
      ceiling: step.total_active_users,
    };
  });
}

// The moment of a step; null where it is not known yet.
export function momentOf(step, release) {
  if (step.kind === "clock") return step.at;
  return release === null || step.minutes === null ? null : release + Math.round(step.minutes * MINUTE);
}

// The plan to be stored.
export function planOf(steps, release) {
  return steps.map((step) => ({
    at: new Date(momentOf(step, release)).toISOString(),
    new_users_per_minute: step.rate,
    total_active_users: step.ceiling,
  }));
}

// What is wrong with the steps, as `{place, field, problem}`.
export function wrongIn(steps, release) {
  const wrong = [];
  steps.forEach((step, place) => {
    const note = (field, problem) => wrong.push({ place, field, problem });
    const at = momentOf(step, release);
    if (step.problem) note("at", step.problem);
    else if (at === null || !Number.isFinite(at)) note("at", "needs a time");
    if (step.rate === null || step.rate < 0) note("rate", "needs a number, 0 or more");
    if (step.ceiling === null || step.ceiling < 0 || !Number.isInteger(step.ceiling)) note("ceiling", "needs a whole number, 0 or more");
    const before = place ? momentOf(steps[place - 1], release) : null;
    if (at !== null && before !== null && at <= before && !step.problem) note("at", "is not after the step before it");
  });
  return wrong;
}

// The step that one adds: ten minutes after the last, with its figures.
export function nextStep(steps, release, { rate, ceiling, now }) {
  const last = steps.at(-1);
  if (!last) return { kind: release === null ? "clock" : "release", minutes: 0, at: release ?? now, rate, ceiling };
  const step = { ...last, at: (momentOf(last, release) ?? now) + 10 * MINUTE };
  return { ...step, minutes: (last.minutes ?? 0) + 10, problem: undefined };
}

// Two neighbours change what they do; their times stay in order.
export function swapped(steps, place, other) {
  const moved = steps.map((step) => ({ ...step }));
  for (const name of ["rate", "ceiling"]) [moved[place][name], moved[other][name]] = [steps[other][name], steps[place][name]];
  return moved;
}

// By their times; those without one stay where they are, at the end.
export function inOrder(steps, release) {
  return [...steps].sort((one, other) => (momentOf(one, release) ?? Infinity) - (momentOf(other, release) ?? Infinity));
}
