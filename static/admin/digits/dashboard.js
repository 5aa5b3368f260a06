/* The dashboard, live: asks for its cards every few seconds while somebody looks, changes in place what differs, and says
when the site cannot be reached.

Left out on purpose: any figure of its own. Cards and charts come from the server, which knows who may see which. */

import { dayChart } from "./charts.js";
import {
  accuracyChart, calibrationChart, sharesChart, showAccuracy, showCalibration, showDays, showShares,
} from "./dashboard_charts.js";
import { morph } from "./morph.js";
import { gettext, interpolate } from "../../translate.js";

const LONGEST_PAUSE_MS = 60_000;
const TIMEOUT_MS = 15_000;

const SERIES = [
  { label: gettext("drawings"), colourName: "--d-accent", values: [] },
  { label: gettext("corrections"), colourName: "--d-second", values: [] },
  { label: gettext("visitors"), colourName: "--d-quiet", values: [] },
];
const CHARTS = [
  ["accuracy-chart", "accuracy-figures", accuracyChart, showAccuracy],
  ["day-chart", "day-figures", (canvas) => dayChart(canvas, [], SERIES), showDays],
  ["share-chart", "share-figures", sharesChart, showShares],
  ["calibration-chart", "calibration-figures", calibrationChart, showCalibration],
];

const desk = document.getElementById("desk");
const every_ms = 1000 * Number(desk.dataset.seconds);
const made = new Map(); // of a canvas: its chart, and the figures that it shows

let failures = 0;
let timer = null;
let asking = false;
let askedAt = performance.now();

function showCharts() {
  for (const [canvas, chart] of made) if (!canvas.isConnected) forget(canvas, chart);
  for (const [canvasId, figuresId, make, show] of CHARTS) {
    const canvas = document.getElementById(canvasId);
    const figures = document.getElementById(figuresId)?.textContent;
    if (!canvas || !figures) continue;
    if (!made.has(canvas)) made.set(canvas, { chart: make(canvas), figures: "" });
    const known = made.get(canvas);
    if (known.figures === figures) continue; // so that what hovers over it stays
    known.figures = figures;
    show(known.chart, JSON.parse(figures));
  }
}

function forget(canvas, { chart }) {
  chart.destroy();
  made.delete(canvas);
}

async function ask() {
  if (asking || document.hidden) return;
  asking = true;
  clearTimeout(timer);
  try {
    const next = await cards();
    failures = 0;
    morph(desk, next);
    askedAt = performance.now();
    showCharts();
    later(every_ms);
  } catch (error) {
    lost(error);
  } finally {
    asking = false;
  }
}

async function cards() {
  const response = await fetch(desk.dataset.url, {
    cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Refused(response);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return page.getElementById("desk");
}

class Refused extends Error {
  constructor(response) {
    super();
    // The admin sends those who are no longer signed in to its login.
    this.final = response.type === "opaqueredirect" || response.status === 403;
  }
}

function lost(error) {
  failures += 1;
  const pause_ms = Math.min(LONGEST_PAUSE_MS, every_ms * 2 ** (failures - 1));
  say(error.final
    ? gettext("This page no longer follows the site: you were signed out, or may no longer see it. Reload the page.")
    : interpolate(
      gettext("The site does not answer, and these figures stay as they were. Asking again in %(seconds)s s."),
      { seconds: Math.round(pause_ms / 1000) },
    ));
  if (!error.final) later(pause_ms);
}

function say(words) {
  const place = document.getElementById("connection");
  place.hidden = false;
  if (place.textContent !== words) place.textContent = words;
}

function later(pause_ms) {
  clearTimeout(timer);
  timer = setTimeout(ask, pause_ms);
}

/* "as of 12 s ago" counts on between two answers, by this machine's stopwatch. */
function age() {
  const place = desk.querySelector("time[data-age]");
  if (!place || document.hidden) return;
  const seconds = Number(place.dataset.age) + Math.round((performance.now() - askedAt) / 1000);
  const age = seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
  const words = interpolate(gettext("%(age)s ago"), { age });
  if (place.textContent !== words) place.textContent = words;
}

showCharts();
later(every_ms);
setInterval(age, 1000);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(timer);
  else ask();
});
