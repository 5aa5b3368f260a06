/**
 * The textbook figure of a convolutional network, alive: each layer as a stack of its maps, from the image on the left
 * to the answers on the right, with what each step looks at drawn in between. It only shows what it is given.
 */

import { percent, WORDS } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const MOST_MAPS = 8; // of a stack; more would hide each other
const OFFSET_PX = 5; // from one map of a stack to the next
const GAP_PX = 1; // between maps on their sheet
const LARGEST_PX = 92;
const SMALLEST_PX = 40;

export class NetworkFigure {
  #root;
  #stages;
  #lines;
  #layers = [];

  constructor(root) {
    this.#root = root;
    this.#stages = document.createElement("ol");
    this.#lines = document.createElementNS(SVG, "svg");
    this.#lines.setAttribute("aria-hidden", "true");
    root.replaceChildren(this.#lines, this.#stages);
    new ResizeObserver(() => this.#drawLines()).observe(this.#stages);
  }

  /** `layers` and `answer` as the API gives them. Stages keep their places while their pictures change. */
  show(layers, answer) {
    const shapes = (all) => all.map(({ shape }) => shape.join("×")).join(" ");
    const isSame = shapes(layers) === shapes(this.#layers);
    this.#layers = layers;
    if (!isSame) this.#stages.replaceChildren(...layers.map((layer, i) => stageOf(layer, i === layers.length - 1)));
    layers.forEach((layer, i) => fill(this.#stages.children[i], layer, answer));
    if (!isSame) this.#drawLines();
  }

  #drawLines() {
    const { left, top, width, height } = this.#stages.getBoundingClientRect();
    const boxes = [...this.#stages.querySelectorAll("[data-front]")].map((front) => {
      const box = front.getBoundingClientRect();
      return { x: box.left - left, y: box.top - top, width: box.width, height: box.height };
    });
    this.#lines.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#lines.style.width = `${width}px`;
    this.#lines.style.height = `${height}px`;
    const between = this.#layers.slice(1).flatMap((layer, i) => linesBetween(boxes[i], boxes[i + 1], this.#layers[i], layer));
    this.#lines.replaceChildren(...between);
  }
}

function stageOf(layer, isLast) {
  const stage = document.createElement("li");
  const picture = document.createElement("div");
  picture.className = "maps";
  const label = document.createElement("p");
  const [size, kind] = [document.createElement("strong"), document.createElement("span")];
  size.textContent = layer.shape.join(" × ");
  kind.textContent = isLast ? WORDS.figure.answers : WORDS.figure[layer.kind];
  label.append(size, kind);
  picture.append(...(isLast ? answers() : layer.shape.length === 3 ? stack(layer) : [strip(layer)]));
  if (layer.shape.length === 3) sizeStack(picture, layer);
  stage.append(picture, label);
  return stage;
}

/** The last map lies in front, as it is drawn last. */
function stack({ shape: [rows, columns, maps], across }) {
  const shown = Math.min(maps, MOST_MAPS);
  const side = sideOf(rows);
  const zoom = side / columns;
  const down = Math.ceil(maps / across);
  return Array.from({ length: shown }, (_, place) => {
    const tile = document.createElement("i");
    const number = Math.floor((place * maps) / shown); // from all over the sheet
    const x = (number % across) * (columns + GAP_PX);
    const y = Math.floor(number / across) * (rows + GAP_PX);
    tile.style.width = `${side}px`;
    tile.style.height = `${rows * zoom}px`;
    tile.style.left = `${place * OFFSET_PX}px`;
    tile.style.top = `${place * OFFSET_PX}px`;
    tile.style.backgroundSize = `${(across * (columns + GAP_PX) - GAP_PX) * zoom}px ${(down * (rows + GAP_PX) - GAP_PX) * zoom}px`;
    tile.style.backgroundPosition = `${-x * zoom}px ${-y * zoom}px`;
    tile.toggleAttribute("data-front", place === shown - 1);
    return tile;
  });
}

function sizeStack(picture, { shape: [rows, columns, maps] }) {
  const side = sideOf(rows);
  const offset = (Math.min(maps, MOST_MAPS) - 1) * OFFSET_PX;
  picture.style.width = `${side + offset}px`;
  picture.style.height = `${(side * rows) / columns + offset}px`;
}

function sideOf(rows) {
  return Math.max(SMALLEST_PX, Math.round((LARGEST_PX * rows) / 28));
}

/** The sheet of a dense layer, turned upright. */
function strip({ shape: [count], across }) {
  const holder = document.createElement("i");
  holder.className = "strip";
  holder.style.aspectRatio = `${Math.ceil(count / across)} / ${across}`;
  holder.toggleAttribute("data-front", true);
  holder.append(new Image());
  return holder;
}

function answers() {
  const list = document.createElement("i");
  list.className = "answers";
  list.toggleAttribute("data-front", true);
  for (let digit = 0; digit < 10; digit += 1) {
    const row = document.createElement("b");
    row.textContent = digit;
    list.append(row);
  }
  return [list];
}

function fill(stage, layer, answer) {
  const sheet = `data:image/png;base64,${layer.image}`;
  for (const tile of stage.querySelectorAll(".maps > i:not(.strip, .answers)")) tile.style.backgroundImage = `url(${sheet})`;
  const image = stage.querySelector("img");
  if (image) Object.assign(image, { src: sheet, alt: "" });
  stage.querySelectorAll(".answers b").forEach((row, digit) => {
    const share = answer.probabilities[digit];
    row.style.setProperty("--share", share);
    row.title = `${digit}: ${percent(share)}`;
    row.toggleAttribute("data-chosen", answer.digit === digit);
  });
}

/** A window on one map, and the place on the next one that it makes; for dense layers, all to all. */
function linesBetween(from, to, layer, next) {
  if (!from || !to) return [];
  const lines = [];
  if (next.window && layer.shape.length === 3) {
    const [rows, columns] = layer.shape;
    const size = { width: (from.width * next.window[1]) / columns, height: (from.height * next.window[0]) / rows };
    const at = { x: from.x + 0.55 * from.width, y: from.y + 0.3 * from.height };
    const target = [to.x + 0.5 * to.width, to.y + 0.45 * to.height];
    lines.push(shape("rect", { x: at.x, y: at.y, ...size }));
    for (const y of [at.y, at.y + size.height]) lines.push(line(at.x + size.width, y, ...target));
  } else {
    const right = from.x + from.width;
    for (const [y, end] of [[from.y, to.y], [from.y + from.height, to.y + to.height]]) lines.push(line(right, y, to.x, end));
  }
  return lines;
}

function line(x1, y1, x2, y2) {
  return shape("line", { x1, y1, x2, y2 });
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
