// Calls of /v1/admin as JSON. Every refusal comes back as a problem in words; an ended session is taken up in place.

import { signIn } from "./sign-in.js";

const PATIENCE_MS = 20_000;
const BASE = "/v1/admin";

// The server said no; `name` is the type of its problem, `errors` the fields that are wrong.
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title);
    this.status = status;
    this.problem = problem;
    this.name = problem.type.split("/").pop();
    this.errors = problem.errors ?? [];
  }
}

// No answer came: nobody knows whether the call arrived.
export class Unreachable extends Error {}

// Call `/v1/admin` + path. Where nobody is signed in, the dialog opens and the call is repeated after it;
// with `isQuiet` it does not, and the caller is told. `patienceMs` is how long an answer may take.
export async function call(method, path, body, { isQuiet = false, patienceMs = PATIENCE_MS } = {}) {
  const response = await send(method, path, body, { patienceMs });
  if (response.status === 401 && !isQuiet && (await signIn())) return call(method, path, body);
  return read(response);
}

export const get = (path, options) => call("GET", path, undefined, options);
export const post = (path, body = {}, options) => call("POST", path, body, options);
export const patch = (path, body, options) => call("PATCH", path, body, options);
export const remove = (path, options) => call("DELETE", path, undefined, options);

// A picture or a text instead of JSON: the answer itself.
export async function fetchAs(accept, path, body) {
  const response = await send("POST", path, body, { accept });
  if (response.status === 401 && (await signIn())) return fetchAs(accept, path, body);
  if (!response.ok) await read(response);
  return response;
}

async function send(method, path, body, { accept = "application/json", patienceMs = PATIENCE_MS } = {}) {
  const headers = { Accept: accept };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(BASE + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(patienceMs),
    });
  } catch (broken) {
    throw new Unreachable(broken.message);
  }
}

async function read(response) {
  if (response.status === 204) return null;
  let told;
  try {
    told = await response.json();
  } catch {
    // A proxy's own page, or an answer that was cut.
    throw new Unreachable(`status ${response.status}`);
  }
  if (!response.ok) throw new Refused(response.status, told);
  return told;
}

// Why a call came to nothing, in a sentence for people.
export function explain(error) {
  if (error instanceof Unreachable) {
    return "The console cannot be reached. It is not known whether your change arrived: look before you repeat it.";
  }
  if (!(error instanceof Refused)) return `Something broke in this page: ${error.message}`;
  switch (error.name) {
    case "role-too-low":
      return `Your role may not do this; it needs the role ${error.problem.needed}.`;
    case "queue-unavailable":
      return "The line's store cannot be reached for a moment. Nothing is lost; try again.";
    case "room-missing":
      return "This room is gone: somebody has deleted it.";
    case "validation-failed":
      return error.errors.length ? error.errors.map(oneError).join(" ") : error.message;
    case "key-required":
    case "sign-in-required":
      return "You are not signed in.";
    default:
      return error.message;
  }
}

function oneError({ field, problem }) {
  return `${field.replaceAll("_", " ")}: ${problem}.`;
}

// Put each error beside its field and the focus on the first; returns the errors that have no field here.
export function showErrors(form, errors) {
  clearErrors(form);
  const homeless = [];
  let first = null;
  for (const error of errors) {
    const field = form.querySelector(`[data-field="${CSS.escape(error.field)}"]`);
    if (!field) {
      homeless.push(error);
      continue;
    }
    const line = field.querySelector(".wrong");
    line.textContent = `${error.problem.replace(/^Value error, /, "")}.`;
    line.hidden = false;
    const control = field.querySelector("input, select, textarea");
    control?.setAttribute("aria-invalid", "true");
    first ??= control;
  }
  first?.focus();
  return homeless;
}

export function clearErrors(form) {
  for (const line of form.querySelectorAll("[data-field] .wrong")) line.hidden = true;
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
}
