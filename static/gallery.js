/** The gallery: correct, take back and delete. The list itself comes from the server, again after each change. */

import { Api, Failure } from "./api.js";
import { connectSwitch } from "./consent.js";
import { localTimes } from "./times.js";
import { failureInWords, labelName, WORDS } from "./words.js";

const page = document.querySelector("[data-gallery-page]");
const find = (selector) => page.querySelector(selector);
const api = new Api(page.dataset.api);
const correctDialog = find("[data-correct-dialog]");
const deleteDialog = find("[data-delete-dialog]");

page.addEventListener("click", ({ target }) => {
  const card = target.closest("[data-drawing]");
  if (target.closest("[data-correct]")) correct(card);
  if (target.closest("[data-delete]")) remove(card);
});

async function correct(card) {
  for (const button of correctDialog.querySelectorAll(".choices button, [value=none]")) {
    button.setAttribute("aria-pressed", String(button.value === card.dataset.label));
  }
  correctDialog.querySelector("[data-take-back]").hidden = card.dataset.label === "";
  const choice = await answerOf(correctDialog);
  if (choice === "" || choice === card.dataset.label) return;
  const label = choice === "null" ? null : choice === "none" ? "none" : Number(choice);
  await change(
    () => api.label(card.dataset.drawing, label),
    { done: label === null ? WORDS.takenBack : WORDS.saved(labelName(label)), lost: WORDS.correctionLost },
    () => focusOn(card.dataset.drawing, "[data-correct]"),
  );
}

async function remove(card) {
  const next = card.nextElementSibling ?? card.previousElementSibling;
  deleteDialog.querySelector("[data-picture]").replaceChildren(card.querySelector(".picture").firstElementChild.cloneNode(true));
  if ((await answerOf(deleteDialog)) !== "delete") return;
  await change(
    () => deleteOnce(card.dataset.drawing),
    { done: WORDS.deleted, lost: WORDS.deletionFailed },
    () => focusOn(next?.dataset.drawing, "[data-delete]"),
  );
}

/** Somebody may have deleted it in another tab: then it is gone, as was asked for. */
async function deleteOnce(id) {
  await api.remove(id).catch((failure) => {
    if (failure.status !== 404) throw failure;
  });
}

/** Send a change, then show the list as the server has it now. */
async function change(send, words, focus) {
  try {
    await send();
    await reload();
    focus();
    say(words.done);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    const isRefused = failure.kind === "refused";
    say(failureInWords(failure, words.lost), isRefused ? undefined : () => change(send, words, focus));
  }
}

async function reload() {
  const response = await fetch(location.href, { credentials: "same-origin", cache: "no-store" }).catch(() => null);
  if (!response?.ok) throw new Failure(response ? "server" : "offline");
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of page.querySelectorAll("[data-part]")) {
    const now = document.adoptNode(fresh.querySelector(`[data-part=${part.dataset.part}]`));
    localTimes(now);
    part.replaceWith(now);
  }
}

function focusOn(id, control) {
  const card = id && document.getElementById(`drawing-${id}`);
  (card?.querySelector(control) ?? document.getElementById("content")).focus();
}

/** Show a dialog; resolves to the value of the button that closed it, "" when it was left. */
function answerOf(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
  });
}

correctDialog.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const button = correctDialog.querySelector(`[aria-keyshortcuts="${CSS.escape(event.key.toLowerCase())}"]:not([hidden])`);
  if (button) correctDialog.close(button.value);
});

for (const dialog of [correctDialog, deleteDialog]) {
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close("")); // the ground around it
}

function say(text, retry) {
  const words = find("[data-words]");
  words.replaceChildren(text);
  if (!retry) return;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "link" });
  button.textContent = WORDS.tryAgain;
  button.addEventListener("click", retry);
  words.append(" ", button);
}

connectSwitch(api, find("[data-sharing]"), say);
localTimes();
