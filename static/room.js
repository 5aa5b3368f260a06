/* A room's page, live: asks for what changes every few seconds while somebody looks, and changes in place what differs.

Left out on purpose: any figure of its own. The server counts, and knows who may see which drawings. */

import { morph } from "./admin/digits/morph.js";
import { localTimes } from "./times.js";

const LONGEST_PAUSE_MS = 60_000;
const TIMEOUT_MS = 15_000;

const live = document.querySelector("[data-live]");
const lost = document.querySelector("[data-lost]");
let failures = 0;
let timer = null;

localTimes();
if (live && !("still" in live.dataset)) {
  later();
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : ask()));
}

async function ask() {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    morph(live, await part());
    localTimes(live);
    failures = 0;
    lost.hidden = true;
  } catch (error) {
    failures += 1;
    lost.hidden = false;
    if (error.final) return;
  }
  if (!("still" in live.dataset)) later();
}

async function part() {
  const address = live.dataset.live;
  const response = await fetch(address, { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw Object.assign(new Error(String(response.status)), { final: response.status === 404 });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return page.querySelector("[data-live]");
}

function later() {
  const every_ms = 1000 * Number(live.dataset.seconds);
  timer = setTimeout(ask, Math.min(LONGEST_PAUSE_MS, every_ms * 2 ** failures));
}
