/* A job's page, live: asks for its progress each second, less often while nobody looks or nobody answers, and stops when
the job has ended; an ended job that is tried again is followed again. What is said comes from the server in words; this only puts it in place.

Left out on purpose: starting jobs, and any figure of its own. */

import { epochChart, linesChart, percent, plain, showCurves, showLegend, showLines } from "./charts.js";
import { gettext, interpolate, number } from "../../translate.js";

const EVERY_MS = 1000;
const HIDDEN_EVERY_MS = 15000;
const LONGEST_PAUSE_MS = 15000;
const TIMEOUT_MS = 8000;

const job = document.getElementById("job");
const connection = document.getElementById("connection");
const first = JSON.parse(document.getElementById("live").textContent);
const actions = document.querySelectorAll("form[data-action]");
const short = (value) => plain(Number(value.toPrecision(3)), 12);

const lossChart = epochChart(document.getElementById("loss-chart"), {
  title: gettext("cross-entropy, nats"), epochs: first.chart.epochs, format: (value) => number(value, 4), axisFormat: short,
});
const accuracyChart = epochChart(document.getElementById("accuracy-chart"), {
  title: gettext("read right, %"), epochs: first.chart.epochs, most: 1, format: percent(2), axisFormat: percent(0),
});

const METER_LINES = ["mnist", "drawings", "held-out"];
let meterChart = null;

const log = document.getElementById("log");
const lastLine = () => Number(log.querySelector("li:last-child")?.dataset.number ?? 0);
const confusion = document.getElementById("confusion");
let shownRows = JSON.stringify(first.rows);
let shownMeter = "";

let failures = 0;
let timer = null;
let asking = false;
let sending = "";

function show(progress) {
  for (const [name, text] of Object.entries(progress.fields)) setText(name, text);
  const bar = document.getElementById("progress");
  bar.setAttribute("aria-valuenow", Math.round(100 * progress.done));
  bar.firstElementChild.style.setProperty("--share", progress.done);
  showResults(progress.rows);
  showCharts(progress.chart);
  showMeter(progress.meter);
  showOutcome(progress);
  showActions(progress);
  showLog(progress.log);
  showConfusion(progress.version);
}

function setText(name, text) {
  const shown = ["message", "queue"].includes(name) ? text : text || "–";
  for (const place of job.querySelectorAll(`[data-field="${name}"]`)) {
    // A live region speaks at every change of its content, also to the same.
    if (place.textContent !== shown) place.textContent = shown;
    if (name === "queue") place.hidden = !text;
  }
}

/* What has not changed is left alone, with whatever somebody marked or scrolled to in it. */
function showResults(rows) {
  const text = JSON.stringify(rows);
  if (text === shownRows) return;
  shownRows = text;
  const body = document.getElementById("results");
  document.getElementById("no-results").hidden = rows.length > 0;
  body.replaceChildren(...rows.map((cells) => {
    const row = document.createElement("tr");
    for (const cell of cells) {
      const place = row.insertCell();
      place.className = "is-number";
      place.textContent = cell;
    }
    return row;
  }));
}

function showCharts({ training, validation }) {
  const any = training.length + validation.length > 0;
  document.getElementById("curves").hidden = !any;
  document.getElementById("no-curves").hidden = any;
  if (!any) return;
  showCurves(lossChart, training.map(([x, loss]) => [x, loss]), validation.map(([x, loss]) => [x, loss]));
  showCurves(accuracyChart, training.map(([x, , right]) => [x, right]), validation.map(([x, , right]) => [x, right]));
  const lines = (sofar) => [
    { label: interpolate(gettext("training, %(what)s"), { what: sofar }), line: 0, points: training },
    { label: gettext("validation, after each epoch"), line: 1, points: validation },
  ].filter(({ points }) => points.length);
  showLegend(document.getElementById("loss-legend"), lines(gettext("mean of the batches since the last point")));
  showLegend(document.getElementById("accuracy-legend"), lines(gettext("this epoch so far")));
}

function showLog(lines) {
  const last = lastLine();
  const fresh = lines.filter(({ number }) => number > last);
  if (!fresh.length) return;
  document.getElementById("no-log").hidden = true;
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 8;
  log.querySelector("ol").append(...fresh.map(line));
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function line({ number, iso, exact, at, who, kind, what, message }) {
  const item = document.createElement("li");
  Object.assign(item.dataset, { number, kind });
  const time = Object.assign(document.createElement("time"), { dateTime: iso, title: exact, textContent: at });
  const attempt = Object.assign(document.createElement("span"), { className: "d-subtle", textContent: who });
  const words = document.createElement("span");
  if (what) words.append(Object.assign(document.createElement("b"), { textContent: what }), " ");
  words.append(message);
  item.append(time, " ", attempt, " ", words);
  return item;
}

/* How the version reads digit by digit comes as a part of a page, once there is a version. */
async function showConfusion(version) {
  if (!version || !confusion.dataset.url || confusion.childElementCount || confusion.dataset.asked) return;
  confusion.dataset.asked = "yes";
  try {
    const response = await fetch(confusion.dataset.url, { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Refused(response);
    confusion.innerHTML = await response.text();
  } catch {
    delete confusion.dataset.asked;
    confusion.textContent = gettext("How it reads digit by digit could not be fetched: reload the page to see it.");
  }
}

function showMeter({ curves, headers, rows, sentence }) {
  document.getElementById("meter").hidden = curves.length === 0;
  const text = JSON.stringify(rows);
  if (curves.length === 0 || text === shownMeter) return;
  shownMeter = text;
  meterChart ??= linesChart(document.getElementById("meter-chart"), {
    title: gettext("read right, %"), across: gettext("epochs done"), least: 0, most: first.chart.epochs, format: percent(2), axisFormat: percent(1),
  });
  const lines = curves.map(({ key, name, points }) => ({ label: name, points, line: METER_LINES.indexOf(key) }));
  showLines(meterChart, lines);
  showLegend(document.getElementById("meter-legend"), lines);
  const words = document.getElementById("meter-sentence");
  if (words.textContent !== sentence) words.textContent = sentence;
  const table = document.getElementById("meter-table");
  fillRow(table.tHead.rows[0], "th", headers);
  table.tBodies[0].replaceChildren(...rows.map((cells) => fillRow(document.createElement("tr"), "td", cells)));
}

function fillRow(row, kind, texts) {
  row.replaceChildren(...texts.map((text) => {
    const cell = document.createElement(kind);
    cell.className = "is-number";
    if (kind === "th") cell.scope = "col";
    cell.textContent = text;
    return cell;
  }));
  return row;
}

function showOutcome({ version, version_url, promote_url, gate }) {
  document.getElementById("outcome").hidden = !version;
  const link = document.getElementById("version-link");
  link.textContent = version ?? "";
  link.href = version_url ?? "#";
  const promote = document.getElementById("promote-form");
  promote.hidden = !promote_url;
  promote.action = promote_url ?? "#";
  showGate(gate);
}

function showGate(gate) {
  const place = document.getElementById("gate");
  place.textContent = gate ? `${gate.words} ` : "";
  if (!gate?.url) return;
  const link = document.createElement("a");
  link.className = "d-link";
  link.href = gate.url;
  link.textContent = gettext("The comparison");
  place.append(link);
}

function showActions({ may, asked }) {
  for (const form of actions) {
    const { action } = form.dataset;
    form.hidden = !may.includes(action);
    setBusy(form, asked === action || sending === action);
  }
}

function setBusy(form, busy) {
  const button = form.querySelector("button");
  button.disabled = busy;
  button.textContent = busy ? form.dataset.meanwhile : form.dataset.words;
}

async function ask() {
  if (asking) return;
  asking = true;
  clearTimeout(timer);
  try {
    const response = await fetch(`${job.dataset.progressUrl}?after=${lastLine()}`, {
      headers: { Accept: "application/json" }, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Refused(response);
    const progress = await response.json();
    failures = 0;
    connection.hidden = true;
    show(progress);
    if (!progress.ended || progress.gate?.judging) later(document.hidden ? HIDDEN_EVERY_MS : EVERY_MS);
  } catch (error) {
    lost(error);
  } finally {
    asking = false;
  }
}

class Refused extends Error {
  constructor(response) {
    super();
    // The admin sends those who are no longer signed in to its login, and 404 to a job that was deleted.
    this.final = response.type === "opaqueredirect" || [403, 404].includes(response.status);
  }
}

function lost(error) {
  failures += 1;
  connection.hidden = false;
  if (error.final) {
    connection.textContent = gettext("This page may no longer show the job: you were signed out, or the job is gone. Reload the page.");
    return;
  }
  const pause = Math.min(LONGEST_PAUSE_MS, EVERY_MS * 2 ** (failures - 1));
  const words = gettext("The connection is lost; the job goes on without this page. Asking again in %(seconds)s s.");
  connection.textContent = interpolate(words, { seconds: Math.round(pause / 1000) });
  later(pause);
}

function later(pause_ms) {
  clearTimeout(timer);
  timer = setTimeout(ask, pause_ms);
}

async function act(event) {
  event.preventDefault();
  const form = event.currentTarget;
  sending = form.dataset.action;
  setBusy(form, true);
  try {
    const response = await fetch(form.action, {
      method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, redirect: "manual",
    });
    if (!response.ok) throw new Refused(response);
    sending = "";
    await ask();
  } catch {
    sending = "";
    setBusy(form, false);
    connection.hidden = false;
    const words = gettext("“%(action)s” was not done: the site did not answer. Try again.");
    connection.textContent = interpolate(words, { action: form.dataset.words });
  }
}

showCharts(first.chart);
showMeter(first.meter);
log.scrollTop = log.scrollHeight;
for (const form of actions) {
  form.addEventListener("submit", act);
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
if (!first.ended || first.gate?.judging) later(EVERY_MS);
