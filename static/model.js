/** The page about the model: the value of each cell of a confusion matrix, by pointer and by arrow keys. */

import { localTimes } from "./times.js";
import { WORDS } from "./words.js";

// Where text runs from right to left, so do the columns.
const RIGHT = document.dir === "rtl" ? -1 : 1;
const STEPS = { ArrowLeft: [0, -RIGHT], ArrowRight: [0, RIGHT], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

class Confusion {
  #cells;
  #readout;

  constructor(section) {
    const table = section.querySelector("[data-confusion]");
    this.#cells = Array.from(table.tBodies[0].rows, (row) => [...row.querySelectorAll("td")]);
    this.#readout = section.querySelector("[data-readout]");
    table.setAttribute("role", "grid"); // one stop for the tab key, the arrows move in it
    this.#cells.flat().forEach((cell, i) => (cell.tabIndex = i === 0 ? 0 : -1));
    table.addEventListener("pointerover", ({ target }) => this.#show(target.closest("tbody td")));
    table.addEventListener("focusin", ({ target }) => this.#show(target.closest("tbody td")));
    table.addEventListener("keydown", (event) => this.#step(event));
  }

  #place(cell) {
    const row = this.#cells.findIndex((cells) => cells.includes(cell));
    return [row, this.#cells[row]?.indexOf(cell)];
  }

  #show(cell) {
    if (!cell) return;
    const [meant, answer] = this.#place(cell);
    const { of, share } = cell.dataset;
    const words = meant === answer ? WORDS.readRight : WORDS.readAs;
    this.#readout.textContent = words({ meant, answer, count: cell.textContent, of, share });
  }

  #step(event) {
    const step = STEPS[event.key];
    if (!step || !event.target.matches("tbody td")) return;
    const [row, column] = this.#place(event.target);
    const next = this.#cells[row + step[0]]?.[column + step[1]];
    event.preventDefault();
    if (!next) return;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

document.querySelectorAll("[data-score]").forEach((section) => new Confusion(section));
localTimes();
