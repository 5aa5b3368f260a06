/* The chart of accuracy by version: a line for each data set. The figures come with the page, and stand in its table.

Left out on purpose: any figure of its own. */

import { linesChart, percent, showLines } from "./charts.js";
import { gettext } from "../../translate.js";

const LEGEND = ["", "is-second", "is-third", "is-fourth", "is-fifth"];
const canvas = document.getElementById("version-chart");

if (canvas) {
  const lines = JSON.parse(document.getElementById("version-lines").textContent).filter(({ points }) => points.length);
  const numbers = lines.flatMap(({ points }) => points.map(([number]) => number));
  const chart = linesChart(canvas, {
    title: gettext("share read right"), across: gettext("version"), format: percent(2), axisFormat: percent(1),
    least: Math.min(...numbers) - 1, most: Math.max(...numbers) + 1,
  });
  showLines(chart, lines);
  document.getElementById("version-legend").replaceChildren(...lines.map(({ label, line }) => {
    const entry = document.createElement("span");
    const mark = document.createElement("i");
    mark.className = LEGEND[line % LEGEND.length];
    entry.append(mark, label);
    return entry;
  }));
}
