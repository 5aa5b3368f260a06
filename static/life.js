/** The page of a drawing's life: its address is copied or shared, and times stand in the visitor's zone. */

import { localTimes } from "./times.js";
import { WORDS } from "./words.js";

const page = document.querySelector("[data-life-page]");
const find = (selector) => page.querySelector(selector);
const address = find("[data-address]");
const say = (text) => find("[data-words]").replaceChildren(text);

find("[data-copy]").hidden = false;
find("[data-copy]").addEventListener("click", async () => say((await copied()) ? WORDS.copied : WORDS.copyFailed));

/** The clipboard is there only where the connection is safe; the old way works elsewhere. */
async function copied() {
  try {
    await navigator.clipboard.writeText(address.value);
    return true;
  } catch {
    address.select();
    return document.execCommand("copy");
  }
}

if (navigator.share) {
  find("[data-share]").hidden = false;
  find("[data-share]").addEventListener("click", () => {
    navigator.share({ title: document.title, url: address.value }).catch(() => {}); // left without sharing
  });
}

address.addEventListener("focus", () => address.select());
localTimes();
