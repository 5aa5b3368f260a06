/* The strip of drawings that are nearest to one in what the network makes of them: loaded behind the page, never waited for.

Left out on purpose: what near means. The site says so. */

import { gettext } from "../../translate.js";

let asked = new AbortController();

export async function loadNeighbours(place, url) {
  asked.abort(); // a browser has six requests to a host at once: those of drawings gone by would hold up decisions
  const { signal } = asked = new AbortController();
  place.replaceChildren();
  let answer = null;
  try {
    const response = await fetch(url, { signal, redirect: "manual", headers: { Accept: "application/json" } });
    answer = response.ok ? await response.json() : null;
  } catch { /* said below */ }
  if (signal.aborted) return; // another drawing is shown by now
  place.replaceChildren(...(answer?.neighbours ?? []).map(figure));
  place.className = "d-neighbours";
  if (!answer) place.textContent = gettext("The nearest could not be looked up.");
  else if (answer.note) place.append(Object.assign(document.createElement("p"), { className: "d-subtle", textContent: answer.note }));
}

function figure({ picture, label, url, source }) {
  const made = document.createElement("figure");
  const image = Object.assign(new Image(28, 28), { src: picture, alt: `${source}: ${label}`, className: "d-seen" });
  const words = Object.assign(document.createElement("figcaption"), { textContent: label });
  const small = Object.assign(document.createElement("small"), { className: "d-subtle", textContent: source });
  const inside = url ? Object.assign(document.createElement("a"), { href: url }) : made;
  inside.append(image, words);
  if (url) made.append(inside);
  made.append(small);
  return made;
}
