/* Charts with axes, in the admin's colours and again in those when the theme changes. Chart.js comes with unfold.

Left out on purpose: where the figures come from, and their table, which the page has for those who cannot see a chart. */

import { gettext, interpolate, locale, number } from "../../translate.js";

const charts = new Set();
// How far a point on the edge may reach over it
const POINT_ROOM_PX = 8;

Chart.defaults.font.family = "Inter, sans-serif";

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function axis(title, options = {}) {
  return { title: { display: true, text: title }, border: { display: false }, beginAtZero: true, ...options,
           ticks: { maxRotation: 0, autoSkipPadding: 16, ...options.ticks } };
}

/* Reads the colours anew. Datasets carry the custom property's name, a canvas needs its value. */
function paint({ data, options }) {
  const subtle = colour("--d-subtle");
  const line = colour("--d-line");
  for (const scale of Object.values(options.scales)) {
    scale.title.color = subtle;
    scale.ticks.color = subtle;
    scale.grid = { color: line };
  }
  for (const set of data.datasets) {
    const value = colour(set.colourName);
    Object.assign(set, { borderColor: value, backgroundColor: value, hoverBackgroundColor: value });
    if (set.pointRadius) Object.assign(set, { pointBackgroundColor: value, pointBorderColor: value });
  }
}

export function make(canvas, config) {
  paint(config);
  const chart = new Chart(canvas, config);
  charts.add(chart);
  return chart;
}

function repaint() {
  for (const chart of charts) {
    paint(chart);
    chart.update();
  }
}

export const common = {
  animation: false,
  responsive: true,
  maintainAspectRatio: false,
  interaction: { mode: "nearest", axis: "x", intersect: false },
};

/* At most so many digits behind the point, as the page's language writes them. */
export function plain(value, digits) {
  return value.toLocaleString(locale(), { maximumFractionDigits: digits, useGrouping: false });
}

export const percent = (digits) => (value) => `${number(100 * value, digits)} %`;

/* Two lines over epochs: training as it goes, validation after each. `format` writes a value. */
export function epochChart(canvas, { title, epochs, format, axisFormat, most }) {
  const value = (item) => `${item.dataset.label}: ${format(item.parsed.y)}`;
  const at = ([item]) => interpolate(gettext("after %(n)s epochs"), { n: plain(item.parsed.x, 2) });
  return make(canvas, {
    type: "line",
    data: {
      datasets: [
        { label: gettext("training"), colourName: "--d-accent", data: [], borderWidth: 2, pointRadius: 0, pointHitRadius: 8 },
        { label: gettext("validation"), colourName: "--d-second", data: [], borderWidth: 2, borderDash: [6, 4], pointRadius: 4, clip: POINT_ROOM_PX },
      ],
    },
    options: {
      ...common,
      plugins: { legend: { display: false }, tooltip: { callbacks: { label: value, title: at } } },
      scales: {
        x: axis(gettext("epochs done"), { type: "linear", min: 0, max: epochs, ticks: { precision: 0 } }),
        y: axis(title, { max: most, beginAtZero: false, ticks: { callback: axisFormat } }),
      },
    },
  });
}

export function showCurves(chart, training, validation) {
  chart.data.datasets[0].data = training.map(([x, y]) => ({ x, y }));
  chart.data.datasets[1].data = validation.map(([x, y]) => ({ x, y }));
  chart.update("none");
}

/* Lines over whole numbers, each in its own colour and dashes. `format` writes a value. */
export function linesChart(canvas, { title, across, format, axisFormat, least, most, highest = 1 }) {
  const value = (item) => `${item.dataset.label}: ${format(item.parsed.y)}${item.raw.more ?? ""}`;
  const at = (items) => `${across} ${items[0].parsed.x}`;
  return make(canvas, {
    type: "line",
    data: { datasets: [] },
    options: {
      ...common,
      plugins: { legend: { display: false }, tooltip: { callbacks: { label: value, title: at } } },
      scales: {
        x: axis(across, { type: "linear", beginAtZero: false, min: least, max: most, ticks: { precision: 0 } }),
        y: axis(title, { beginAtZero: false, max: highest, ticks: { callback: axisFormat } }),
      },
    },
  });
}

/* Told apart without colours too: by dashes and by the shape of the points. */
const LINES = [
  { colourName: "--d-accent", borderDash: [], pointStyle: "circle" },
  { colourName: "--d-second", borderDash: [6, 4], pointStyle: "triangle" },
  { colourName: "--d-good", borderDash: [2, 3], pointStyle: "rect" },
  { colourName: "--d-bad", borderDash: [10, 4, 2, 4], pointStyle: "rectRot" },
  { colourName: "--d-subtle", borderDash: [], pointStyle: "circle" },
];
const SWATCHES = ["is-first", "is-second", "is-third", "is-fourth", "is-fifth"];

/* Writes the legend of the lines that have something to show: {label, line}, with `shape` before the label if it has one. */
export function showLegend(place, lines) {
  const words = lines.map(({ label }) => label).join("\n");
  if (place.dataset.shown === words) return;
  place.dataset.shown = words;
  place.replaceChildren(...lines.map(({ label, line, shape }) => {
    const entry = document.createElement("span");
    const swatch = document.createElement("i");
    swatch.className = SWATCHES[line % SWATCHES.length];
    entry.append(swatch, shape ? `${shape} ${label}` : label);
    return entry;
  }));
}

/* Puts lines into a chart: {label, points: [[x, y] or [x, y, words behind the value]], line}, `line` a place in LINES. */
export function showLines(chart, lines) {
  chart.data.datasets = lines.map(({ label, points, line }) => ({
    label, borderWidth: 2, pointRadius: 4, clip: POINT_ROOM_PX, ...LINES[line % LINES.length],
    data: points.map(([x, y, more]) => ({ x, y, more })),
  }));
  paint(chart);
  chart.update("none");
}

/* Bars by day, one group a day. `series` are {label, colourName, values}. */
export function dayChart(canvas, days, series) {
  return make(canvas, {
    type: "bar",
    data: {
      labels: days,
      datasets: series.map(({ label, colourName, values }) => ({
        label, colourName, data: values, borderRadius: 2, categoryPercentage: 0.8, barPercentage: 0.95,
      })),
    },
    options: {
      ...common,
      plugins: { legend: { display: false } },
      scales: { x: axis(gettext("day")), y: axis(gettext("number"), { ticks: { precision: 0 } }) },
    },
  });
}

new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["class"] });
