/* A teacher's review without reloads: cards are decided on with a tap or a key, and go; the next one comes into focus.

Left out on purpose: deciding anything here. Each card is a form that works without this script as well. */

import { listenForKeys } from "./keys.js";

const list = document.querySelector("[data-review]");
const words = document.querySelector("[data-words]");
const waiting = document.querySelector("[data-waiting]");
const undoForm = document.querySelector("[data-undo-form]");
const undo = document.querySelector("[data-undo]");
let busy = false;

list?.addEventListener("submit", (event) => {
  event.preventDefault();
  decide(event.target.closest("[data-card]"), event.submitter);
});
undoForm?.addEventListener("submit", (event) => {
  event.preventDefault();
  takeBack();
});

async function decide(card, button) {
  if (busy || !card || !button) return;
  const form = card.querySelector("form");
  const body = new FormData(form);
  body.set("decision", button.value);
  const answer = await send(form.action, body);
  if (!answer) return;
  const next = card.nextElementSibling ?? card.previousElementSibling;
  card.remove();
  undo.hidden = !answer.key;
  undo.value = answer.key ?? "";
  if (next) next.focus();
  else if (answer.waiting) location.reload();
  else undo.focus();
}

async function takeBack() {
  if (busy || undo.hidden) return;
  const body = new FormData(undoForm);
  body.set("key", undo.value);
  if (await send(undoForm.action, body)) location.assign(location.pathname);
}

/** The answer in JSON, or null where nothing was decided; either way it is said. */
async function send(address, body) {
  busy = true;
  try {
    const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    const answer = await response.json();
    words.textContent = answer.said;
    waiting.textContent = answer.waiting;
    return response.ok || response.status === 409 ? answer : null;
  } catch {
    words.textContent = list?.dataset.failed ?? "";
    return null;
  } finally {
    busy = false;
  }
}

const current = () => document.activeElement?.closest("[data-card]") ?? list?.querySelector("[data-card]");
const press = (value) => {
  const card = current();
  if (card) decide(card, card.querySelector(`button[value="${value}"]`));
};
const step = (to) => (current()?.[to] ?? current())?.focus();

if (list) {
  listenForKeys({
    Enter: () => press("accept"),
    a: () => press("accept"),
    r: () => press("reject"),
    n: () => press("none"),
    u: takeBack,
    ArrowRight: () => step("nextElementSibling"),
    ArrowLeft: () => step("previousElementSibling"),
    ...Object.fromEntries(Array.from({ length: 10 }, (_, digit) => [digit, () => press(String(digit))])),
  });
  list.querySelector("[data-card]")?.focus({ preventScroll: true });
}
