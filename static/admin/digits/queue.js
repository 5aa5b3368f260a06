/* The queue above the list of jobs: renewed every few seconds, and its buttons work without leaving the page. The focus
stays on the button that was pressed, so that a job goes on moving with one key.

Left out on purpose: any order of its own. The server answers with the queue as it is. */

import { gettext } from "../../translate.js";

const EVERY_MS = 4000;
const HIDDEN_EVERY_MS = 30000;
const LONGEST_PAUSE_MS = 30000;
const TIMEOUT_MS = 8000;

const queue = document.getElementById("queue");
const said = document.getElementById("queue-said");
// Each answer has another token against forgery; everything else is what is shown.
const withoutToken = (text) => text.replaceAll(/name="csrfmiddlewaretoken" value="[^"]*"/g, "");

let shown = null;
let timer = null;
let asked = 0;
let failures = 0;
let sending = false;

async function ask(options) {
  const response = await fetch(options.address, {
    cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS), ...options,
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response;
}

async function renew() {
  clearTimeout(timer);
  const mine = ++asked;
  try {
    const text = await (await ask({ address: queue.dataset.url })).text();
    if (mine !== asked) return; // somebody asked later, and gets what is newer
    if (failures) say("");
    failures = 0;
    show(text);
  } catch {
    failures += 1;
    say(gettext("The queue may have changed: the site does not answer. Asking again."));
  }
  later();
}

function later() {
  clearTimeout(timer);
  const usual = document.hidden ? HIDDEN_EVERY_MS : EVERY_MS;
  timer = setTimeout(renew, Math.min(LONGEST_PAUSE_MS, usual * 2 ** failures));
}

function show(text) {
  const words = withoutToken(text);
  if (words === shown) return;
  shown = words;
  const focused = queue.contains(document.activeElement) ? document.activeElement.id : "";
  queue.innerHTML = text;
  if (focused) focusAgain(focused);
}

/* A button that has nothing to do any more gives the focus to another of its row; a row that left, to the first one. */
function focusAgain(id) {
  const same = document.getElementById(id);
  if (same && !same.disabled) return same.focus();
  const row = same?.closest("li") ?? queue.querySelector("li");
  (row?.querySelector("button:enabled") ?? row?.querySelector("a") ?? queue.querySelector("a"))?.focus();
}

function say(words) {
  if (said.textContent !== words) said.textContent = words;
}

async function move(event) {
  const form = event.target.closest("form[data-move]");
  if (!form) return;
  event.preventDefault();
  if (sending) return;
  sending = true;
  try {
    const body = new FormData(form, event.submitter);
    const answer = await ask({ address: form.action, method: "POST", body, headers: { Accept: "application/json" } });
    say((await answer.json()).message);
    await renew();
  } catch {
    say(gettext("The job was not moved: the site did not answer. Try again."));
  } finally {
    sending = false;
  }
}

if (queue) {
  queue.addEventListener("submit", move);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) renew(); });
  later();
}
