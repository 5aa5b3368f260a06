/* The page of a comparison that is being made: asks how far it is each second, and shows the report when it is there.

Left out on purpose: the report itself, which the server writes. */

import { gettext } from "../../translate.js";

const EVERY_MS = 1000;
const LONGEST_PAUSE_MS = 15000;
const TIMEOUT_MS = 8000;

const comparison = document.getElementById("comparison");
const bar = document.getElementById("progress");
const message = document.getElementById("message");
const connection = document.getElementById("connection");
let failures = 0;

function show({ share, message: words }) {
  bar.setAttribute("aria-valuenow", Math.round(100 * share));
  bar.firstElementChild.style.setProperty("--share", share);
  const said = words || gettext("Waits for a worker.");
  // A live region speaks at every change of its content, also to the same.
  if (message.textContent !== said) message.textContent = said;
}

async function ask() {
  try {
    const response = await fetch(comparison.dataset.progressUrl, {
      headers: { Accept: "application/json" }, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.type === "opaqueredirect" || [403, 404].includes(response.status)) {
      connection.hidden = false;
      connection.textContent = gettext("This page may no longer show the comparison: you were signed out, or it is gone. Reload the page.");
      return;
    }
    if (!response.ok) throw new Error(`status ${response.status}`);
    const progress = await response.json();
    failures = 0;
    connection.hidden = true;
    show(progress);
    if (progress.ended) return location.reload();
  } catch {
    failures += 1;
    connection.hidden = false;
  }
  setTimeout(ask, Math.min(LONGEST_PAUSE_MS, EVERY_MS * 2 ** failures));
}

setTimeout(ask, EVERY_MS);
