/**
 * Second opinions: shows a drawing, takes an answer, and has the next drawing at hand before it is needed.
 * Answers are sent one after the other, and none is lost: what could not be sent waits for "Try again".
 */

import { button } from "./ask.js";
import { Api, Failure } from "./api.js";
import { listenForKeys } from "./keys.js";
import { failureInWords, WORDS } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

const page = document.querySelector("[data-opinion-page]");
const find = (selector) => page.querySelector(selector);
const buttons = [...page.querySelectorAll(".answers button")];
const api = new Api(page.dataset.api);

let shown = null; // the question on the page
let next; // the one behind it: null when there is none, undefined as long as it is not known
let unsent = []; // answers on their way, the oldest first
let isSending = false;

function show(question) {
  shown = question;
  next = undefined;
  delete page.dataset.ahead;
  page.dataset.state = question ? "asking" : unsent.length ? "waiting" : "ended";
  for (const one of buttons) one.disabled = !question;
  if (question) find("[data-sheet]").replaceChildren(pictureOf(question));
}

function pictureOf({ path, image }) {
  if (path === null) return Object.assign(new Image(28, 28), { src: `data:image/png;base64,${image}`, alt: WORDS.inQuestion });
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  for (const [name, value] of Object.entries({ viewBox: "0 0 100 100", role: "img", "aria-label": WORDS.inQuestion })) {
    svg.setAttribute(name, value);
  }
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** `answer`: 0 to 9, null for "not a digit", undefined for "can't tell". */
function give(answer) {
  if (!shown) return false;
  unsent.push({ ticket: shown.ticket, answer });
  if (next === undefined) {
    wait(); // the answer is sent first, and the next question comes after it
  } else {
    show(next);
  }
  send();
}

function wait() {
  shown = null;
  page.dataset.state = "waiting";
  for (const one of buttons) one.disabled = true;
}

async function send() {
  if (isSending) return;
  isSending = true;
  try {
    do {
      while (unsent.length) {
        await sendOne(unsent[0]);
        unsent.shift();
      }
      await look();
    } while (unsent.length); // given while the next question was on its way
  } catch (failure) {
    fail(failure);
  } finally {
    isSending = false;
  }
}

async function sendOne({ ticket, answer }) {
  try {
    count(await api.giveOpinion(ticket, answer));
    say(answer === undefined ? WORDS.skipped : WORDS.thanksForOpinion);
  } catch (failure) {
    if (!(failure instanceof Failure) || failure.status !== 410) throw failure;
    say(failure.message); // withdrawn meanwhile: that answer is not wanted any more
  }
}

/** See to it that a question is on the page and the one behind it at hand. */
async function look() {
  if (!shown) {
    const { question, opinions } = await api.askOpinion();
    count(opinions);
    show(question);
  }
  const ticket = shown?.ticket;
  if (!ticket || next !== undefined) return;
  const { question } = await api.askOpinion(ticket);
  if (shown?.ticket !== ticket) return;
  next = question;
  page.dataset.ahead = question ? "one" : "none"; // what is at hand, for who looks from outside
}

function fail(failure) {
  if (!(failure instanceof Failure)) throw failure;
  if (failure.code === "draw_first") return (page.dataset.state = "stranger");
  const words = failure.kind === "busy" ? failureInWords(failure) : failureInWords(failure, unsent.length ? WORDS.opinionUnsent(unsent.length) : "");
  const isFinal = failure.kind === "refused";
  if (isFinal) unsent = [];
  find("[data-words]").replaceChildren(words, " ", button({ text: WORDS.tryAgain, run: isFinal ? () => location.reload() : send }));
}

function say(text) {
  find("[data-words]").replaceChildren(text);
}

function count(opinions) {
  find("[data-count]").textContent = WORDS.opinions(opinions);
}

for (const one of page.querySelectorAll("[data-digit]")) one.addEventListener("click", () => give(Number(one.dataset.digit)));
find("[data-none]").addEventListener("click", () => give(null));
find("[data-skip]").addEventListener("click", () => give(undefined));
listenForKeys({
  n: () => give(null),
  c: () => give(undefined),
  ...Object.fromEntries(Array.from({ length: 10 }, (_, digit) => [digit, () => give(digit)])),
});

api.addEventListener("wait", ({ detail: { seconds } }) => say(WORDS.waitingToSend(seconds)));
addEventListener("online", send);
addEventListener("beforeunload", (event) => unsent.length && event.preventDefault());

if (page.dataset.state !== "stranger") send();
