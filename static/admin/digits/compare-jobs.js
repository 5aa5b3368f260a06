/* Jobs side by side: one chart with a line for each, of the figure that is chosen, and the same values as a table.

Left out on purpose: figures of its own; the page carries them. */

import { linesChart, percent, plain, showLegend, showLines } from "./charts.js";
import { gettext, number } from "../../translate.js";

const SHAPES = ["●", "▲", "■", "◆"];
const measures = JSON.parse(document.getElementById("measures").textContent);
const choice = document.getElementById("measure");
const coarse = (value) => `${plain(100 * value, 2)} %`;
const short = (value) => plain(Number(value.toPrecision(3)), 12);
const exact = (value) => number(value, 4);

let chart = null;

function show() {
  const { axis, share, lines } = measures.find(({ key }) => key === choice.value);
  const format = share ? percent(2) : exact;
  chart?.destroy();
  chart = linesChart(document.getElementById("compare-chart"), {
    title: axis, across: gettext("epochs done"), least: 0, most: mostEpochs(lines), format, axisFormat: share ? coarse : short,
    highest: share ? 1 : null,
  });
  showLines(chart, lines);
  showLegend(document.getElementById("legend"), lines.map((line) => ({ ...line, shape: SHAPES[line.line] })));
  showValues(lines, format);
}

function mostEpochs(lines) {
  return Math.max(1, ...lines.flatMap(({ points }) => points.map(([epoch]) => epoch)));
}

function showValues(lines, format) {
  const table = document.getElementById("values");
  const byJob = lines.map(({ points }) => new Map(points));
  const epochs = [...new Set(lines.flatMap(({ points }) => points.map(([epoch]) => epoch)))].sort((a, b) => a - b);
  table.tHead.rows[0].replaceChildren(...[gettext("Epoch"), ...lines.map(({ label }) => label)].map((text) => cell("th", text)));
  table.tBodies[0].replaceChildren(...epochs.map((epoch) => {
    const row = document.createElement("tr");
    const values = byJob.map((points) => (points.has(epoch) ? format(points.get(epoch)) : ""));
    row.append(cell("td", epoch), ...values.map((text) => cell("td", text)));
    return row;
  }));
}

function cell(kind, text) {
  const made = Object.assign(document.createElement(kind), { className: "is-number", textContent: text });
  if (kind === "th") made.scope = "col";
  return made;
}

if (choice) {
  choice.addEventListener("change", show);
  show();
}
