/* The dashboard's charts: accuracy over time with its releases, bars and shares by day, confidence against what was right.

Left out on purpose: when they change. Each is made once and takes new figures as often as there are some. */

import { axis, colour, common, make, percent } from "./charts.js";
import { gettext, interpolate, locale, number } from "../../translate.js";

const DAY_MS = 86_400_000;
const LABEL_EVERY_PX = 34;
const SHAPES = ["circle", "triangle", "rect", "rectRot", "star"];
// Days since 1970 of the site's time zone: read as if they were of UTC, they come out as they went in.
const dayWords = new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", timeZone: "UTC" });
const dated = (day) => dayWords.format(new Date(day * DAY_MS));

/* How far each point is sure: a line from `low` to `high` with ends. */
const whiskers = {
  id: "whiskers",
  beforeDatasetsDraw({ ctx, scales, data, chartArea }) {
    ctx.save();
    ctx.beginPath();
    ctx.rect(chartArea.left, chartArea.top, chartArea.width, chartArea.height);
    ctx.clip();
    ctx.lineWidth = 1.5;
    for (const set of data.datasets.filter(({ whiskers }) => whiskers)) {
      ctx.strokeStyle = colour(set.colourName);
      ctx.globalAlpha = 0.55;
      for (const point of set.data.filter(({ low }) => low !== undefined)) whisker(ctx, scales, point);
    }
    ctx.restore();
  },
};

function whisker(ctx, scales, { x, low, high }) {
  const [left, top, bottom] = [scales.x.getPixelForValue(x), scales.y.getPixelForValue(high), scales.y.getPixelForValue(low)];
  ctx.beginPath();
  ctx.moveTo(left, top);
  ctx.lineTo(left, bottom);
  for (const end of [top, bottom]) {
    ctx.moveTo(left - 3, end);
    ctx.lineTo(left + 3, end);
  }
  ctx.stroke();
}

/* A dashed line with a number where a version went live; numbers that would lie on each other are left out. */
const releases = {
  id: "releases",
  beforeDatasetsDraw(chart) {
    const { ctx, scales, chartArea } = chart;
    ctx.save();
    Object.assign(ctx, { strokeStyle: colour("--d-subtle"), fillStyle: colour("--d-subtle"), font: "11px Inter, sans-serif" });
    ctx.setLineDash([3, 3]);
    let labelled = -Infinity;
    for (const { x, number } of chart.releases ?? []) {
      const left = scales.x.getPixelForValue(x);
      ctx.beginPath();
      ctx.moveTo(left, chartArea.top);
      ctx.lineTo(left, chartArea.bottom);
      ctx.stroke();
      if (left - labelled < LABEL_EVERY_PX) continue;
      ctx.fillText(`v${number}`, Math.min(left + 3, chartArea.right - 24), chartArea.top - 4);
      labelled = left;
    }
    ctx.restore();
  },
};

const said = { label: ({ raw, dataset, formattedValue }) => `${dataset.label}: ${raw?.words ?? formattedValue}` };

function options(x, y, tooltip) {
  return {
    ...common,
    layout: { padding: { top: 16 } },
    interaction: { mode: "nearest", axis: "xy", intersect: false },
    plugins: { legend: { display: false }, tooltip: { callbacks: tooltip } },
    scales: { x, y },
  };
}

export function accuracyChart(canvas) {
  const title = ([item]) => (item.raw.version ? interpolate(gettext("version %(version)s, %(when)s"), item.raw) : dated(item.parsed.x));
  const line = { pointRadius: 2, pointHitRadius: 8, borderWidth: 2, data: [] };
  return make(canvas, {
    type: "line",
    data: {
      datasets: [
        { label: gettext("reviewed drawings"), colourName: "--d-accent", whiskers: true, pointRadius: 4, borderWidth: 1, data: [] },
        { ...line, colourName: "--d-second", borderDash: [6, 4] },
        { ...line, colourName: "--d-good", borderDash: [2, 3] },
      ],
    },
    options: options(
      axis(gettext("day"), { type: "linear", beginAtZero: false, ticks: { callback: dated, precision: 0 } }),
      axis(gettext("share read right"), { beginAtZero: false, max: 1, grace: "4%", ticks: { callback: percent(0) } }),
      { ...said, title },
    ),
    plugins: [whiskers, releases],
  });
}

export function showAccuracy(chart, { first, last, points, releases: marks, lines }) {
  const [drawn, ...others] = chart.data.datasets;
  drawn.data = withGaps(points);
  drawn.pointStyle = shapes(drawn.data);
  lines.forEach(({ label, points: steps }, place) => Object.assign(others[place], { label, data: steps }));
  chart.releases = marks;
  Object.assign(chart.options.scales.x, { min: first, max: last });
  // Whiskers of single drawings reach down to nothing: the axis follows the points.
  const lowest = Math.min(1, ...points.map(({ y }) => y), ...lines.flatMap(({ points: all }) => all.filter(({ y }) => y !== null).map(({ y }) => y)));
  chart.options.scales.y.min = Math.max(0, Math.floor(20 * (lowest - 0.04)) / 20);
  chart.update("none");
}

/* Points of one version are joined; between two versions there is nothing. */
function withGaps(points) {
  return points.flatMap((point, place) => {
    const isNew = place > 0 && points[place - 1].version !== point.version;
    return isNew ? [{ x: point.x, y: null }, point] : [point];
  });
}

function shapes(points) {
  let known = 0;
  return points.map(({ y }) => { if (y === null) known += 1; return SHAPES[known % SHAPES.length]; });
}

export function sharesChart(canvas) {
  const line = { borderWidth: 2, pointRadius: 3, spanGaps: true, data: [] };
  return make(canvas, {
    type: "line",
    data: {
      labels: [],
      datasets: [
        { ...line, label: gettext("wrong"), colourName: "--d-accent" },
        { ...line, label: gettext("rejected"), colourName: "--d-second", borderDash: [6, 4] },
      ],
    },
    options: {
      ...options(axis(gettext("day")), axis(gettext("share of answers"), { ticks: { callback: percent(0) } }), said),
      interaction: common.interaction,
      parsing: { xAxisKey: "x", yAxisKey: "y" },
    },
  });
}

export function showShares(chart, { days, wrong, rejected }) {
  chart.data.labels = days;
  [wrong, rejected].forEach((points, place) => {
    chart.data.datasets[place].data = points.map((point, index) => ({ x: days[index], y: point?.y ?? null, words: point?.words }));
  });
  chart.update("none");
}

export function calibrationChart(canvas) {
  const label = ({ raw }) => (raw.n
    ? interpolate(gettext("%(share)s of %(n)s right"), { share: percent(1)(raw.y), n: number(raw.n) })
    : gettext("as it should be"));
  return make(canvas, {
    type: "line",
    data: {
      datasets: [
        { label: gettext("answers"), colourName: "--d-accent", whiskers: true, pointRadius: 4, borderWidth: 2, data: [] },
        { label: gettext("as it should be"), colourName: "--d-subtle", pointRadius: 0, borderWidth: 1, borderDash: [3, 3],
          data: [{ x: 0, y: 0 }, { x: 1, y: 1 }] },
      ],
    },
    options: options(
      axis(gettext("confidence"), { type: "linear", min: 0, max: 1, ticks: { callback: percent(0) } }),
      axis(gettext("share read right"), { min: 0, max: 1, ticks: { callback: percent(0) } }),
      { label, title: ([item]) => (item.raw.words ? interpolate(gettext("confidence %(words)s"), item.raw) : "") },
    ),
    plugins: [whiskers],
  });
}

export function showCalibration(chart, points) {
  chart.data.datasets[0].data = points;
  chart.update("none");
}

export function showDays(chart, { days, drawings, corrections, visitors, unit }) {
  chart.data.labels = days;
  [drawings, corrections, visitors].forEach((values, place) => { chart.data.datasets[place].data = values; });
  chart.options.scales.y.title.text = interpolate(gettext("number %(unit)s"), { unit });
  chart.update("none");
}
