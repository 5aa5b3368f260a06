/* Sends what was decided, one after another and in order, and tries again until the site has it.

Left out on purpose: what is sent. A body is made when its turn comes; the site knows by its key what it has already. */

import { csrfToken } from "../../csrf.js";
import { gettext, interpolate } from "../../translate.js";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;
const TIMEOUT_MS = 15000;
const SIGNED_OUT = 401;
const FORBIDDEN = 403;

export class Outbox {
  #items = [];
  #sending = false;
  #changed;

  constructor({ changed }) {
    this.#changed = changed;
  }

  get size() {
    return this.#items.length;
  }

  /** The drawings of which something is not sent yet. */
  waiting() {
    return this.#items.map(({ drawing }) => drawing);
  }

  send(item) {
    this.#items.push(item);
    this.#changed(this.size);
    if (!this.#sending) this.#work();
  }

  /** Ask once; the answer, or an error that says in words what went wrong. */
  async ask(url, body, options = {}) {
    const { status, answer } = await this.#post(url, body, options);
    if (status !== 200) throw new Error(answer.error ?? interpolate(gettext("The site answers with %(status)s."), { status }));
    return answer;
  }

  async #work() {
    this.#sending = true;
    let pause = FIRST_PAUSE_MS;
    while (this.#items.length) {
      const item = this.#items[0];
      let result = null;
      let why = "";
      try {
        result = await this.#post(item.url, item.body());
      } catch { /* the network; tried again */ }
      // Signing in again, here or in another tab, gives both back: the session, and what may be sent.
      if (result?.status === SIGNED_OUT || (result?.status === FORBIDDEN && !result.isJson)) why = result.answer.error;
      else if (result && result.status < 500) {
        this.#items.shift();
        (result.status === 200 ? item.answered : item.refused)(result.answer);
        pause = FIRST_PAUSE_MS;
        this.#changed(this.size);
        continue;
      }
      this.#changed(this.size, why);
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
    }
    this.#sending = false;
  }

  async #post(url, body, options = {}) {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: options.keepalive ? undefined : AbortSignal.timeout(TIMEOUT_MS),
      ...options,
    });
    if (response.type === "opaqueredirect") return { status: SIGNED_OUT, answer: { error: gettext("You are signed out. Sign in again in another tab, then go on here.") } };
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    const answer = isJson ? await response.json() : { error: interpolate(gettext("The site refused this (%(status)s)."), response) };
    return { status: response.status, answer, isJson };
  }
}
