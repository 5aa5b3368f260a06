/** The drawing page: what the paper, the answer and the buttons say to each other, and to the API. */

import { AnswerView } from "./answer.js";
import { Api, Failure, newKey } from "./api.js";
import { AskView } from "./ask.js";
import { Paper } from "./canvas.js";
import { offer } from "./consent.js";
import { readDraft, saveDraft } from "./draft.js";
import { InsideView, REST_MS } from "./inside.js";
import { listenForKeys } from "./keys.js";
import { Latest } from "./latest.js";
import { fitFile, listenForPictures, openPicture } from "./pictures.js";
import { failureInWords, question, WORDS } from "./words.js";

const SHOW_WAITING_AFTER_MS = 150;
const SECOND_TAP_WITHIN_MS = 300; // the second tap of a double tap on Submit must not answer the question that follows

const page = document.querySelector("[data-draw-page]");
const find = (selector) => page.querySelector(selector);
const buttons = { undo: find("[data-undo]"), clear: find("[data-clear]"), submit: find("[data-submit]") };
const another = find("[data-another]");
const consent = document.querySelector("[data-consent]"); // only where drawings are shown to others

const api = new Api(page.dataset.api);
const paper = new Paper(find("canvas"));
const answer = new AnswerView(find("[data-answer-view]"), find("[data-announcer]"));
const ask = new AskView(find("[data-ask]"));
const live = new Latest(recogniseNow);
const inside = new InsideView(document.querySelector("[data-inside]"));
const looking = new Latest(explainNow, { restMs: REST_MS });
const files = new WeakMap(); // picture on the paper -> the file that is sent

let stage = "drawing"; // then "sending", then "stored"; drawing on starts again
let stored = null; // the drawing that the API has stored
let insideFailed = false; // what is shown inside is not of what is on the paper
let liveFailed = false; // the last thing said is that there is no live answer
let correctionLost = false; // the last thing said is that a correction is not stored
let taking = 0; // pictures that were chosen: only the last one counts, and none once something was submitted
let key = newKey(); // of what is on the paper: the same drawing, sent again, is stored once

// Drawing

paper.addEventListener("strokebegin", (event) => {
  if (stage === "sending") event.preventDefault();
  if (stage === "stored") startAgain();
});

paper.addEventListener("change", () => {
  if (!paper.isDrawing) keep();
  showButtons();
  lookInside();
  if (stage !== "drawing") return;
  if (paper.isEmpty) {
    live.cancel();
    answer.waiting(false);
    answer.blank();
    sayUnlessLost(WORDS.start);
  } else {
    live.push();
  }
});

function keep() {
  key = newKey();
  saveDraft(paper.strokes, key);
}

function submission() {
  if (paper.picture && !paper.isDrawing) return files.get(paper.picture);
  const strokes = paper.strokes.map((points) => points.map(([x, y, t]) => [x, y, t])); // pressure is for the eye
  return { strokes, width: paper.side, height: paper.side };
}

async function recogniseNow(_, signal) {
  answer.waiting(true);
  try {
    answer.show(await api.recognise(submission(), { signal }));
    liveFailed = false;
    sayUnlessLost(paper.picture && !paper.isDrawing ? WORDS.picture : WORDS.drawing);
  } catch (failure) {
    if (signal.aborted && !(failure instanceof Failure)) return;
    liveFailed = true;
    sayFailure(failure, WORDS.kept, () => live.push());
  } finally {
    if (!signal.aborted) answer.waiting(false);
  }
}

/** A correction that is not stored stays said, with the way to try again, while one draws on. */
function sayUnlessLost(text) {
  if (!correctionLost) ask.say(text);
}

// Looking inside

function lookInside() {
  if (!inside.isOpen) return;
  if (!paper.isEmpty) return looking.push();
  looking.cancel();
  inside.blank();
}

async function explainNow(_, signal) {
  const network = inside.network;
  try {
    const found = await api.explain(submission(), network, { signal });
    insideFailed = false;
    if (inside.network === network) inside.show(found); // else another one was picked meanwhile, and is asked next
  } catch (failure) {
    if (signal.aborted && !(failure instanceof Failure)) return;
    if (!(failure instanceof Failure)) throw failure;
    if (failure.code === "unknown_version") return inside.forgetNetwork(); // another one was released meanwhile
    insideFailed = true;
    const isRefused = failure.kind === "refused";
    inside.say(failureInWords(failure), isRefused ? undefined : { text: WORDS.tryAgain, run: lookInside });
  }
}

inside.addEventListener("toggle", lookInside);
inside.addEventListener("network", lookInside);
for (const opener of page.querySelectorAll("[data-look-inside]")) {
  opener.addEventListener("click", (event) => {
    event.preventDefault();
    if (inside.isOpen) lookInside();
    inside.open(); // which asks by itself if it was closed
  });
}

// Submitting

async function submit() {
  if (stage !== "drawing") return;
  paper.finish(); // Enter in the middle of a stroke: what is on the paper is what is sent and kept
  if (paper.isEmpty) return ask.say(WORDS.nothingToSubmit, { tone: "hint" });
  live.cancel();
  liveFailed = correctionLost = false;
  taking += 1;
  setStage("sending");
  const waiting = setTimeout(showSending, SHOW_WAITING_AFTER_MS);
  try {
    stored = await api.store(submission(), key);
    showStored();
  } catch (failure) {
    setStage("drawing");
    sayFailure(failure, WORDS.keptOnly, submit);
  } finally {
    clearTimeout(waiting);
    answer.waiting(false);
    buttons.submit.removeAttribute("aria-busy");
  }
}

function showSending() {
  buttons.submit.setAttribute("aria-busy", "true");
  ask.say(WORDS.sending);
}

function showStored() {
  const hadFocus = document.activeElement === buttons.submit;
  saveDraft([], key);
  setStage("stored");
  answer.show(stored);
  ask.open(stored.digit, labelOf(stored));
  ask.say(question(stored));
  const area = find("[data-ask]");
  area.inert = true;
  setTimeout(() => {
    area.inert = false;
    if (hadFocus) (ask.right.hidden ? ask.choices[0] : ask.right).focus();
  }, SECOND_TAP_WITHIN_MS);
}

function startAgain() {
  if (stage !== "stored") return;
  stored = null;
  if (consent) consent.hidden = true; // it is asked another time
  setStage("drawing");
  ask.close();
  paper.restart();
}

function setStage(next) {
  stage = page.dataset.stage = next;
  showButtons();
}

function showButtons() {
  const isStored = stage === "stored";
  for (const button of Object.values(buttons)) button.hidden = isStored;
  another.hidden = !isStored;
  buttons.undo.disabled = stage === "sending" || !paper.canUndo;
  buttons.clear.disabled = stage === "sending" || paper.isEmpty;
  page.toggleAttribute("data-empty", paper.isEmpty);
}

function sayFailure(failure, kept, run) {
  if (!(failure instanceof Failure)) throw failure;
  const isRefused = failure.kind === "refused"; // the same again would be refused again
  const text = failureInWords(failure, isRefused ? "" : kept);
  ask.say(text, { tone: "failure", action: isRefused ? undefined : { text: WORDS.tryAgain, run } });
}

// Correcting: a Latest for each drawing, so that the last word counts and none is lost to the next drawing

let labels = null;
let labelsOf = null;

ask.addEventListener("label", ({ detail: label }) => {
  if (labelsOf !== stored) {
    const drawing = (labelsOf = stored);
    const queue = (labels = new Latest((wanted) => sendLabel(drawing, wanted, queue), { restMs: [0, 0] }));
  }
  ask.mark(label);
  labels.push(label);
});

async function sendLabel(drawing, label, queue) {
  try {
    Object.assign(drawing, await api.label(drawing.id, label));
    if (drawing === stored && ask.label === label) sayLabelled(label);
  } catch (failure) {
    if (drawing === stored && ask.label !== label) return; // something else was picked meanwhile, and is sent next
    if (drawing === stored) ask.mark(labelOf(drawing));
    sayFailure(failure, WORDS.correctionLost, () => {
      correctionLost = false;
      if (drawing === stored) ask.mark(label);
      else ask.say(paper.isEmpty ? WORDS.start : WORDS.drawing);
      queue.push(label);
    });
    correctionLost = drawing !== stored;
  }
}

function sayLabelled(label) {
  if (label === null) return ask.say(`${WORDS.takenBack} ${question(stored)}`);
  ask.say(WORDS.thanks, { link: { text: WORDS.followIt, href: stored.life } });
  offer(api, consent);
}

function labelOf(drawing) {
  return drawing.not_a_digit ? "none" : drawing.label;
}

// Pictures

async function takePicture(file) {
  if (stage === "sending") return;
  if (stage === "stored") startAgain();
  const most = { mostBytes: Number(page.dataset.maxUploadBytes), mostPixels: Number(page.dataset.maxUploadPixels) };
  const mine = (taking += 1);
  const isLate = () => mine !== taking;
  const picture = await openPicture(file);
  if (isLate()) return;
  if (!picture) return ask.say(WORDS.noPicture, { tone: "failure" });
  const fitting = await fitFile(file, picture, most);
  if (isLate()) return;
  if (fitting.size > most.mostBytes) {
    return ask.say(WORDS.tooLarge(fitting.size, most.mostBytes), { tone: "failure" });
  }
  files.set(picture, fitting);
  paper.finish(); // a stroke that is being drawn stays within reach of undo
  paper.lay(picture);
}

// Controls

buttons.undo.addEventListener("click", () => paper.undo());
buttons.clear.addEventListener("click", () => paper.clear());
buttons.submit.addEventListener("click", submit);
another.addEventListener("click", () => {
  startAgain();
  find("canvas").focus();
});

const isDrawing = () => stage === "drawing";
const isStored = () => stage === "stored";
const pick = (label) => isStored() && ask.choose(label);
listenForKeys({
  Enter: submit,
  Backspace: () => isDrawing() && paper.undo(),
  Escape: () => (isStored() ? startAgain() : isDrawing() && paper.clear()),
  y: () => isStored() && ask.confirm(),
  n: () => pick("none"),
  t: () => pick(null),
  ...Object.fromEntries(Array.from({ length: 10 }, (_, digit) => [digit, () => pick(digit)])),
});

api.addEventListener("wait", ({ detail: { seconds } }) => sayUnlessLost(WORDS.waiting(seconds)));

listenForPictures(page.querySelectorAll("[data-picture]"), takePicture);
document.addEventListener("themechange", () => paper.refresh());
addEventListener("online", () => {
  if (isDrawing() && liveFailed) live.push();
  if (insideFailed) lookInside();
});

ask.say(WORDS.start);
const draft = readDraft();
if (draft) {
  paper.load(draft.strokes);
  saveDraft(draft.strokes, (key = draft.key)); // loading counts as a change, but it is the drawing of before
}
showButtons();
