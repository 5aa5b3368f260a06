/* An export's page, live. What is said comes from the server in words; this only puts it in place.

Left out on purpose: starting exports, and any figure of its own. */

import { follow, send } from "./follow.js";
import { gettext } from "../../translate.js";

const page = document.getElementById("export");
const connection = document.getElementById("connection");
const form = document.getElementById("cancel-form");
const button = document.getElementById("cancel-button");
const first = JSON.parse(document.getElementById("live").textContent);

function show({ fields, done, has_file, ended, cancelling }) {
  for (const [name, text] of Object.entries(fields)) setText(name, text || (name === "message" ? "" : "–"));
  const bar = document.getElementById("progress");
  bar.setAttribute("aria-valuenow", Math.round(100 * done));
  bar.firstElementChild.style.setProperty("--share", done);
  const outcome = document.getElementById("outcome");
  if (outcome) outcome.hidden = !has_file;
  if (form) form.hidden = ended;
  if (cancelling) waitForCancel();
}

function setText(name, text) {
  for (const place of page.querySelectorAll(`[data-field="${name}"]`)) {
    // A live region speaks at every change of its content, also to the same.
    if (place.textContent !== text) place.textContent = text;
  }
}

function say(words) {
  connection.hidden = words === null;
  connection.textContent = words ?? "";
}

function waitForCancel() {
  if (!button) return;
  button.disabled = true;
  button.textContent = gettext("Cancelling …");
}

async function cancel(event) {
  event.preventDefault();
  waitForCancel();
  try {
    await send(form);
    ask?.();
  } catch {
    button.disabled = false;
    button.textContent = gettext("Cancel the export");
    say(gettext("The export could not be cancelled: the site did not answer. Try again."));
  }
}

// A file may be removed long after the export has ended; who reloads the page sees it.
const ask = first.ended ? null : follow(page.dataset.progressUrl, { show, say });
form?.addEventListener("submit", cancel);
