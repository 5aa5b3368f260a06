/* Follows something that runs: asks for its progress each second, less often while nobody looks or nobody answers, and
stops when it has ended.

Left out on purpose: what is shown. `show` gets each answer, `say` a sentence about the connection or null. */

import { gettext, interpolate } from "../../translate.js";

const EVERY_MS = 1000;
const HIDDEN_EVERY_MS = 15000;
const LONGEST_PAUSE_MS = 15000;
const TIMEOUT_MS = 8000;

export function follow(url, { show, say }) {
  let failures = 0;
  let timer = null;
  let asking = false;

  async function ask() {
    if (asking) return;
    asking = true;
    clearTimeout(timer);
    try {
      const progress = await answer(url);
      failures = 0;
      say(null);
      show(progress);
      if (!progress.ended) later(document.hidden ? HIDDEN_EVERY_MS : EVERY_MS);
    } catch (error) {
      lost(error);
    } finally {
      asking = false;
    }
  }

  function lost(error) {
    failures += 1;
    if (error.final) {
      say(gettext("This page may be out of date: you were signed out, or what it shows is gone. Reload the page."));
      return;
    }
    const pause = Math.min(LONGEST_PAUSE_MS, EVERY_MS * 2 ** (failures - 1));
    const words = gettext("The connection is lost; the work goes on without this page. Asking again in %(seconds)s s.");
    say(interpolate(words, { seconds: Math.round(pause / 1000) }));
    later(pause);
  }

  function later(pause_ms) {
    clearTimeout(timer);
    timer = setTimeout(ask, pause_ms);
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  later(EVERY_MS);
  return ask;
}

/* Send a form without leaving the page; throws where the site does not do it. */
export async function send(form) {
  const response = await fetch(form.action, {
    method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, redirect: "manual",
  });
  if (!response.ok) throw new Refused(response);
}

async function answer(url) {
  const response = await fetch(url, {
    headers: { Accept: "application/json" }, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Refused(response);
  return response.json();
}

class Refused extends Error {
  constructor(response) {
    super();
    // The admin sends those who are no longer signed in to its login, and 404 to what was deleted.
    this.final = response.type === "opaqueredirect" || [403, 404].includes(response.status);
  }
}
