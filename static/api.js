/**
 * The JSON API as the pages use it: every request ends, in an answer or in a Failure that says what to tell people.
 * It tries again by itself where the server says when (429: a "wait" event tells for how many seconds), and where the
 * CSRF token has changed since the page was loaded. Left out on purpose: retrying anything else.
 */

import { csrfToken } from "./csrf.js";

const LONGEST_WAIT_SECONDS = 20; // a longer one is told, and people decide
const MOST_WAITS = 3;
const SPREAD = 0.25; // of a wait more, at random: not all browsers of a school come back in the same moment
const ANSWER_WITHIN_MS = { recognise: 8_000, write: 20_000 };

/** `kind`: "offline", "timeout", "busy", "server", "full" (there is no room to store it) or "refused" (the
 * request itself was wrong: `message` says how). `retryAfter`: seconds, if the server said so. */
export class Failure extends Error {
  constructor(kind, message = "", { status = 0, code = "", retryAfter = null } = {}) {
    super(message);
    Object.assign(this, { kind, status, code, retryAfter });
  }
}

export class Api extends EventTarget {
  #root;

  constructor(root) {
    super();
    this.#root = root;
  }

  recognise(submission, { signal } = {}) {
    return this.#send("POST", "recognitions", { ...asBody(submission), signal, within: ANSWER_WITHIN_MS.recognise });
  }

  /** By the live version, or by the one of that number. */
  explain(submission, version, { signal } = {}) {
    const path = version === null ? "explanations" : `explanations?model_version=${version}`;
    return this.#send("POST", path, { ...asBody(submission), signal, within: ANSWER_WITHIN_MS.recognise });
  }

  /** Sent again with the same `key`, it is stored once: the answer to the first time may have been lost. */
  store(submission, key) {
    const { body, headers } = asBody(submission);
    return this.#send("POST", "drawings", { body, headers: { ...headers, "Idempotency-Key": key } });
  }

  /** `label`: 0 to 9, "none" for "not a digit", or null to take it back. */
  label(id, label) {
    const body = label === "none" ? { label: null, not_a_digit: true } : { label };
    return this.#send("PUT", `drawings/${id}/label`, asBody(body));
  }

  remove(id) {
    return this.#send("DELETE", `drawings/${id}`, {});
  }

  /** Whether other visitors may see one's drawings. */
  sharing() {
    return this.#send("GET", "visitor", {});
  }

  share(shares) {
    return this.#send("PUT", "visitor", asBody({ shares }));
  }

  /** A drawing to give an opinion on; with a ticket in hand, the one behind it. */
  askOpinion(after = "") {
    return this.#send("GET", `second-opinions/next${after && `?after=${encodeURIComponent(after)}`}`, {});
  }

  /** `answer`: 0 to 9, null for "not a digit", undefined for "can't tell". */
  giveOpinion(ticket, answer) {
    const said = answer === undefined ? { digit: null, cannot_tell: true } : { digit: answer };
    return this.#send("POST", "second-opinions", asBody({ ticket, ...said }));
  }

  async #send(method, path, { body, headers, signal, within = ANSWER_WITHIN_MS.write }) {
    const url = this.#root + path;
    const once = () => answerWithin(within, signal, (signal) => fetchJson(url, { method, body, headers, signal }));
    const attempt = () => this.#patiently(once, signal);
    try {
      return await attempt();
    } catch (failure) {
      if (!(failure instanceof Failure) || failure.status !== 403 || !failure.code.startsWith("csrf")) throw failure;
      // The cookie has expired or changed since the page was loaded; reading the model sets it anew.
      const read = (signal) => fetch(`${this.#root}model`, { credentials: "same-origin", cache: "no-store", signal });
      await answerWithin(within, signal, read).catch(() => {}); // then the second attempt says what is wrong
      return attempt();
    }
  }

  /** While the server says when to come back, and that is soon, come back then. */
  async #patiently(attempt, signal) {
    for (let waits = 0; ; waits += 1) {
      try {
        return await attempt();
      } catch (failure) {
        const isWorthIt = failure.retryAfter !== null && failure.retryAfter <= LONGEST_WAIT_SECONDS && waits < MOST_WAITS;
        if (!(failure instanceof Failure) || failure.kind !== "busy" || !isWorthIt) throw failure;
        this.dispatchEvent(new CustomEvent("wait", { detail: { seconds: failure.retryAfter } }));
        await pause(1000 * failure.retryAfter * (1 + SPREAD * Math.random()), signal);
      }
    }
  }
}

/** Resolves after so long; rejects with the signal's reason when it fires. */
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
  });
}

function asBody(submission) {
  if (!(submission instanceof Blob)) {
    return { body: JSON.stringify(submission), headers: { "Content-Type": "application/json" } };
  }
  const form = new FormData();
  form.append("image", submission, submission.name || "picture");
  return { body: form };
}

/** Run `request(signal)` with a signal that fires when `outer` does or the time is over. */
async function answerWithin(milliseconds, outer, request) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Failure("timeout")), milliseconds);
  const stop = () => controller.abort(outer.reason);
  outer?.addEventListener("abort", stop, { once: true });
  if (outer?.aborted) stop();
  try {
    return await request(controller.signal);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", stop);
  }
}

async function fetchJson(url, { method, body, headers = {}, signal }) {
  let response;
  try {
    response = await fetch(url, {
      method,
      body,
      signal,
      credentials: "same-origin",
      headers: { Accept: "application/json", "X-CSRFToken": csrfToken(), ...headers },
    });
  } catch (error) {
    throw signal.aborted ? signal.reason : new Failure("offline", String(error));
  }
  const answer = await response.json().catch(() => null);
  if (signal.aborted) throw signal.reason;
  if (response.status === 204) return null;
  if (response.ok && answer === null) throw new Failure("server"); // something else answered: a hotel's login page
  if (response.ok) return answer;
  throw failureOf(response, answer?.error);
}

function failureOf({ status, headers }, error) {
  const kind = status === 507 ? "full" : status >= 500 ? "server" : status === 429 ? "busy" : "refused";
  const seconds = Number.parseInt(headers.get("Retry-After"), 10);
  const retryAfter = Number.isFinite(seconds) ? seconds : null;
  return new Failure(kind, error?.message, { status, code: error?.code, retryAfter });
}

/** A random UUID; `crypto.randomUUID` exists only where the connection is safe, and a classroom's may not be. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
