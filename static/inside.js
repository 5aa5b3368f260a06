/**
 * What happens inside while a drawing is read: the steps to its image, the maps of each layer, the answer without each
 * stroke. It only shows; asking for it is the page's business, and only while the section is open.
 */

import { button } from "./ask.js";
import { NetworkFigure } from "./figure.js";
import { percent, WORDS } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const REST_MS = [120, 600];

export { REST_MS };

export class InsideView extends EventTarget {
  #root;
  #figure;
  #networks;

  constructor(root) {
    super();
    this.#root = root;
    this.steps = root.querySelector("[data-steps]");
    this.layers = root.querySelector("[data-layers]");
    this.strokes = root.querySelector("[data-strokes]");
    this.words = root.querySelector("[data-inside-words]");
    this.#figure = new NetworkFigure(root.querySelector("[data-figure]"));
    this.#networks = root.querySelector("[data-networks]");
    this.reads = root.querySelector("[data-inside-answer]");
    root.addEventListener("toggle", () => this.dispatchEvent(new Event("toggle")));
    this.#networks.addEventListener("change", () => this.dispatchEvent(new Event("network")));
  }

  /** The number of the version that was picked, null for the live one. */
  get network() {
    const picked = this.#networks.querySelector(":checked");
    return picked && picked.value ? Number(picked.value) : null;
  }

  forgetNetwork() {
    this.#networks.querySelectorAll("label").forEach((label) => label.remove());
    this.dispatchEvent(new Event("network"));
  }

  get isOpen() {
    return this.#root.open;
  }

  open() {
    this.#root.open = true;
    this.#root.scrollIntoView({ block: "start" });
    this.#root.querySelector("summary").focus({ preventScroll: true });
  }

  /** `explanation` is what the API answers. Pictures keep their places, so that nothing jumps while one draws. */
  show({ answer, versions, steps, layers, lines, strokes }) {
    this.#root.dataset.state = "full";
    this.say("");
    this.#offer(versions, answer.model_version);
    this.#figure.show(layers, answer);
    this.reads.textContent = WORDS.reads(answer);
    fill(this.steps, steps.length, () => figure("step"), (item, i) => {
      showPicture(item, steps[i].image, WORDS.steps[steps[i].name]);
    });
    fill(this.layers, layers.length, () => figure("layer"), (item, i) => {
      const { kind, words, shape, image } = layers[i];
      const isLast = i === layers.length - 1;
      item.dataset.kind = isLast ? "answer" : kind;
      showPicture(item, image, `${WORDS.layers[kind]}: ${shape.join(" × ")}`, isLast ? WORDS.answers(shape[0]) : words);
    });
    fill(this.strokes, strokes.length, () => figure("taken", "svg"), (item, i) => {
      const { line, without } = strokes[i];
      drawLines(item.querySelector("svg"), lines, line);
      item.querySelector("figcaption").replaceChildren(...change(answer, without));
    });
    this.strokes.previousElementSibling.textContent = strokes.length ? WORDS.strokes : WORDS.noStrokes;
  }

  /** Radio buttons for the networks, made anew only when they are others: the focus stays where it is. */
  #offer(versions, current) {
    const names = versions.map(WORDS.network);
    const labels = [...this.#networks.querySelectorAll("label")];
    if (names.join() !== labels.map((label) => label.textContent).join()) {
      labels.forEach((label) => label.remove());
      this.#networks.append(...versions.map((version, i) => radio(names[i], i ? version.number : "")));
    }
    const shown = versions.findIndex(({ number }) => number === current);
    this.#networks.querySelectorAll("input").forEach((input, i) => (input.checked = i === shown));
    this.#networks.hidden = versions.length < 2;
  }

  blank() {
    this.#root.dataset.state = "blank";
    this.say(WORDS.insideStart);
  }

  /** `action`: {text, run} for a button behind the words. */
  say(text, action) {
    this.words.replaceChildren(text, ...(action ? [" ", button(action)] : []));
    this.words.hidden = !text;
  }
}

function radio(name, value) {
  const [label, input] = [document.createElement("label"), document.createElement("input")];
  Object.assign(input, { type: "radio", name: "network", value });
  label.append(input, name);
  return label;
}

/** As many items in the list as there are things to show, each filled anew. */
function fill(list, count, make, show) {
  while (list.children.length > count) list.lastElementChild.remove();
  while (list.children.length < count) list.append(make());
  [...list.children].forEach(show);
}

function figure(name, picture = "img") {
  const [item, figure] = [document.createElement("li"), document.createElement("figure")];
  item.className = name;
  figure.append(picture === "svg" ? document.createElementNS(SVG, "svg") : new Image());
  figure.append(document.createElement("figcaption"));
  item.append(figure);
  return item;
}

function showPicture(item, png, title, words = "") {
  const image = item.querySelector("img");
  image.src = `data:image/png;base64,${png}`;
  image.alt = ""; // the words beside it say what it is
  const [first, second] = [document.createElement("strong"), document.createElement("span")];
  first.textContent = title;
  second.textContent = words;
  item.querySelector("figcaption").replaceChildren(first, second);
}

function drawLines(svg, lines, marked) {
  svg.setAttribute("viewBox", "-0.05 -0.05 1.1 1.1");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", WORDS.strokeOf(marked + 1, lines.length));
  const order = lines.map((points, i) => ({ points, isMarked: i === marked }));
  order.sort((a, b) => a.isMarked - b.isMarked); // the marked one on top
  svg.replaceChildren(
    ...order.map(({ points, isMarked }) => {
      const path = document.createElementNS(SVG, "polyline");
      path.setAttribute("points", (points.length > 1 ? points : [...points, ...points]).map((p) => p.join(",")).join(" "));
      path.toggleAttribute("data-marked", isMarked);
      return path;
    }),
  );
}

/** What the answer is without a stroke, and whether that is another one. */
function change(answer, without) {
  const [first, second] = [document.createElement("strong"), document.createElement("span")];
  const changed = answer.digit !== without.digit;
  first.textContent = without.digit === null ? WORDS.noDigitWithout : WORDS.digitWithout(without.digit);
  first.toggleAttribute("data-changed", changed);
  const now = answer.digit === null ? "" : percent(without.probabilities[answer.digit]);
  second.textContent = changed || answer.digit === null ? percent(without.confidence) : WORDS.still(answer.digit, now);
  return [first, second];
}
