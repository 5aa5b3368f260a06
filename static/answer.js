/** The answer on the page: the digit, its confidence, ten bars, and the image that the network saw. It only shows. */

import { answerAloud, percent, reasonInWords, WORDS } from "./words.js";

const SHOW_WAITING_AFTER_MS = 150;
const ANNOUNCE_AFTER_MS = 800; // a screen reader should hear where the bars came to rest, not each of their moves

export class AnswerView {
  #root;
  #announceTimer = 0;
  #waitTimer = 0;

  constructor(root, announcer) {
    this.#root = root;
    this.announcer = announcer;
    this.bars = [...root.querySelectorAll("[data-bar]")];
    this.digit = root.querySelector("[data-digit]");
    this.confidence = root.querySelector("[data-confidence]");
    this.seen = root.querySelector("[data-seen]");
  }

  /** `recognition` is what the API answers. */
  show(recognition) {
    const { digit, confidence, probabilities, reason, seen } = recognition;
    this.#root.dataset.state = digit === null ? "unsure" : "sure";
    this.digit.textContent = digit ?? "?";
    this.confidence.textContent = digit === null ? reasonInWords(reason) : percent(confidence);
    this.bars.forEach((bar, i) => showBar(bar, probabilities[i], i === digit));
    this.seen.src = `data:image/png;base64,${seen}`;
    this.seen.alt = WORDS.seen;
    this.#announce(answerAloud(recognition));
  }

  blank() {
    this.#root.dataset.state = "blank";
    this.digit.textContent = "";
    this.confidence.textContent = "";
    this.bars.forEach((bar) => showBar(bar, 0, false));
    this.seen.removeAttribute("src");
    this.seen.alt = "";
    this.#announce("");
  }

  /** Only a wait that people notice is shown. */
  waiting(isWaiting) {
    clearTimeout(this.#waitTimer);
    this.#root.removeAttribute("aria-busy");
    if (!isWaiting) return;
    this.#waitTimer = setTimeout(() => this.#root.setAttribute("aria-busy", "true"), SHOW_WAITING_AFTER_MS);
  }

  #announce(text) {
    clearTimeout(this.#announceTimer);
    this.#announceTimer = setTimeout(() => {
      if (this.announcer.textContent !== text) this.announcer.textContent = text;
    }, ANNOUNCE_AFTER_MS);
  }
}

function showBar(bar, probability, isAnswer) {
  bar.style.setProperty("--share", probability);
  bar.toggleAttribute("data-answer", isAnswer);
  bar.querySelector("[data-share]").textContent = percent(probability);
}
