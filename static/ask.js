/**
 * The line under the answer: words, and the buttons that say whether the answer was right.
 * Emits "label" with detail 0 to 9, "none" (not a digit) or null (taken back). Left out on purpose: sending it.
 */

export class AskView extends EventTarget {
  #root;
  #words;
  #label = null;
  #digit = null;

  constructor(root) {
    super();
    this.#root = root;
    this.#words = root.querySelector("[data-words]");
    this.right = root.querySelector("[data-right]");
    this.takeBack = root.querySelector("[data-take-back]");
    this.choices = [...root.querySelectorAll("[data-label]")];
    this.right.addEventListener("click", () => this.confirm());
    this.takeBack.addEventListener("click", () => this.choose(null));
    for (const button of this.choices) {
      button.addEventListener("click", () => this.choose(asLabel(button.dataset.label)));
    }
    this.close();
  }

  /** What may be picked: nothing before a drawing is stored. */
  open(digit, label) {
    this.#digit = digit;
    this.mark(label);
    for (const button of this.choices) button.disabled = false;
  }

  close() {
    this.#root.dataset.stage = "closed";
    this.#digit = this.#label = null;
    for (const button of this.choices) {
      button.disabled = true;
      button.removeAttribute("aria-pressed");
    }
    this.right.hidden = this.takeBack.hidden = true;
  }

  /** Show which label is chosen; null for none. */
  mark(label) {
    this.#label = label;
    this.#root.dataset.stage = label === null ? "asking" : "labelled";
    for (const button of this.choices) {
      button.setAttribute("aria-pressed", String(asLabel(button.dataset.label) === label));
    }
    this.#swap(label === null);
  }

  get isOpen() {
    return this.#root.dataset.stage !== "closed";
  }

  get label() {
    return this.#label;
  }

  choose(label) {
    if (this.isOpen && label !== this.#label) this.dispatchEvent(new CustomEvent("label", { detail: label }));
  }

  confirm() {
    if (this.#digit !== null) this.choose(this.#digit);
  }

  /** `action`: {text, run} for a button, `link`: {text, href}; both stand behind the words. */
  say(text, { action, link, tone = "plain" } = {}) {
    const isSame = this.#words.textContent === text && this.#words.dataset.tone === tone;
    if (isSame && !action && !link) return; // said once: a screen reader would say it with each stroke
    const parts = [text];
    if (action) parts.push(" ", button(action));
    if (link) parts.push(" ", anchor(link));
    this.#words.dataset.tone = tone;
    this.#words.replaceChildren(...parts);
  }

  /** "Right" and "Take back" share a place; the focus stays in it. */
  #swap(isAsking) {
    const held = [this.right, this.takeBack].includes(document.activeElement);
    this.right.hidden = !isAsking || this.#digit === null;
    this.takeBack.hidden = isAsking;
    if (held) (isAsking ? this.right : this.takeBack).focus();
  }
}

function asLabel(text) {
  return text === "none" ? text : Number(text);
}

/** A button that looks like a link, for a line of words. */
export function button({ text, run }) {
  const element = document.createElement("button");
  Object.assign(element, { type: "button", className: "link", textContent: text });
  element.addEventListener("click", run);
  return element;
}

function anchor({ text, href }) {
  const element = document.createElement("a");
  Object.assign(element, { href, textContent: text });
  return element;
}
