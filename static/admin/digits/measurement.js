/* The page of a measurement or of a bulk review, live: asks each second how far it is, and loads the page anew when it has ended.

Left out on purpose: figures and words, which the server sends. */

const EVERY_MS = 1000;
const LONGEST_PAUSE_MS = 15000;
const place = document.getElementById("measurement");
let failures = 0;

function show({ share, ...fields }) {
  const bar = document.getElementById("progress");
  bar.setAttribute("aria-valuenow", Math.round(100 * share));
  bar.firstElementChild.style.setProperty("--share", share);
  for (const text of place.querySelectorAll("[data-field]")) {
    const words = fields[text.dataset.field] ?? "";
    if (text.textContent !== words) text.textContent = words;
  }
}

async function ask() {
  try {
    const response = await fetch(place.dataset.progressUrl, {
      headers: { Accept: "application/json" }, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(8000),
    });
    if (response.type === "opaqueredirect" || [403, 404].includes(response.status)) return;
    if (!response.ok) throw new Error(response.status);
    const progress = await response.json();
    failures = 0;
    show(progress);
    if (progress.ended) location.reload();
  } catch {
    failures += 1;
  }
  setTimeout(ask, document.hidden ? LONGEST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, EVERY_MS * 2 ** failures));
}

setTimeout(ask, EVERY_MS);
