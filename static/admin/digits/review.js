/* Reviews labels one after another: shows the next at once, and sends what was decided behind it, in order, until the site
has it. What is not sent yet is said, and the page is not left without asking.

Left out on purpose: who gets which label, and whether a decision stands. The site says so, and a refusal is shown. */

import { Outbox } from "./outbox.js";
import { loadNeighbours } from "./neighbours.js";
import { gettext, interpolate, locale, number } from "../../translate.js";

const told = JSON.parse(document.getElementById("told").textContent);
const root = document.getElementById("review");
const part = (name) => root.querySelector(`[data-${name}]`);
const page = uuid();
const PACE_MINUTES = 5;
const LOOK_AGAIN_MS = 15000;

const outbox = new Outbox({ changed: showUnsent });
let ahead = []; // cards that are claimed for this page, the one to decide on first
let done = []; // {card, decision, key}, the newest last; one that was decided anew has the entry of `before`
let latest = []; // the same in the order in which they were decided, which is the order of taking back
let looking = 0; // how far back in `done` the page looks; 0: at what is to decide
let shownAt = 0;
let asking = null;
let exhausted = false;
let awaiting = null; // {count, isBounded}
let today = 0;
const times = [];
const skipped = new Set();

const current = () => (looking ? done[done.length - looking]?.card : ahead[0]);

function uuid() {
  // Pages on plain http have no crypto.randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// Cards

async function fill() {
  if (asking || ahead.length >= told.ahead) return asking;
  const besides = [...new Set([...ahead.map(({ drawing }) => drawing), ...skipped, ...outbox.waiting()])].slice(-200);
  const body = { page, filters: told.filters, count: told.ahead - ahead.length, besides };
  asking = outbox.ask(told.urls.cards, body).then(added, notAdded).finally(() => { asking = null; });
  return asking;
}

function added({ cards, awaiting: waiting, most_counted: most, today: count }) {
  const known = new Set(ahead.map(({ drawing }) => drawing));
  ahead.push(...cards.filter(({ drawing }) => !known.has(drawing)));
  for (const { svg, upload } of cards) if (!svg) new Image().src = upload; // it is there when it is its turn
  exhausted = !cards.length;
  awaiting = { count: waiting, isBounded: Boolean(most && waiting >= most) };
  today = count;
  if (exhausted && !ahead.length && skipped.size) {
    skipped.clear(); // those that were put off are all that is left
    exhausted = false;
    setTimeout(fill, 0);
  }
  if (!looking && root.dataset.state !== "showing") show();
  showCounts();
}

function notAdded(error) {
  say(`${error.message} ${gettext("What is here can be decided on meanwhile.")}`);
  if (!ahead.length) setTimeout(fill, 3000);
}

// What is shown

function show({ focus = false } = {}) {
  const card = current();
  root.dataset.state = card ? "showing" : exhausted ? "empty" : "loading";
  part("card").hidden = !card;
  part("empty").hidden = root.dataset.state !== "empty";
  part("alike").hidden = !card;
  if (!card) {
    part("empty-words").textContent = Object.keys(told.filters).length
      ? gettext("None of these labels awaits review.")
      : gettext("No label awaits review. Each one that a visitor gives appears here.");
    return;
  }
  shownAt = performance.now();
  part("claim").textContent = card.claim === null
    ? gettext("Said to be not a digit") : interpolate(gettext("Said to be a %(claim)s"), card);
  showDecided();
  part("drawn").innerHTML = card.svg; // made by the site: lines alone
  if (!card.svg) {
    const upload = new Image();
    upload.src = card.upload;
    upload.alt = gettext("the upload");
    part("drawn").append(upload);
  }
  part("seen").src = card.seen;
  const when = new Date(card.at).toLocaleDateString(locale(), { day: "numeric", month: "short", year: "numeric" });
  part("source").replaceChildren(link(card.url, interpolate(gettext("Drawing %(drawing)s"), card)), `, ${card.source} ${when}`);
  part("doubts").replaceChildren(...card.doubts.map((words) => element("li", words)));
  showAnswer(card);
  showVisitor(card.visitor);
  for (const button of root.querySelectorAll("[data-do]")) {
    button.classList.toggle("is-claim", button.dataset.do === String(card.claim ?? "none"));
  }
  showCounts();
  loadNeighbours(part("neighbours"), told.neighbours.replace("{drawing}", card.drawing));
  if (focus) part("claim").focus({ preventScroll: true });
}

function showDecided() {
  const entry = looking ? done[done.length - looking] : null;
  part("decided").hidden = !entry;
  if (entry) part("decided").textContent = `${entry.said ?? gettext("Decided, not answered yet.")} ${gettext("Decide anew, or go on with →.")}`;
}

function showAnswer({ answer }) {
  const bars = part("bars");
  bars.hidden = !answer;
  if (!answer) {
    part("answer").textContent = gettext("The network gave no answer.");
    return;
  }
  const read = answer.digit === null ? gettext("no digit") : answer.digit;
  part("answer").textContent = interpolate(gettext("Version %(version)s read %(read)s, %(confidence)s sure."), { ...answer, read });
  answer.bars.forEach(({ share, percent }, digit) => {
    const bar = bars.children[digit];
    bar.classList.toggle("is-answer", digit === answer.digit);
    bar.classList.toggle("is-label", digit === current().claim);
    bar.querySelector(".d-track > span").style.setProperty("--share", share);
    bar.lastElementChild.textContent = percent;
  });
}

function showVisitor({ name, url, drawings, accepted = 0, rejected = 0, answers, right, is_trusted: trusted, held_out: out }) {
  const record = gettext("drew %(drawings)s; of the labels %(accepted)s accepted, %(rejected)s rejected.");
  const parts = [interpolate(record, { drawings: drawings ?? 0, accepted, rejected })];
  const said = trusted
    ? gettext("Said what people say in %(right)s of %(answers)s: trusted.")
    : gettext("Said what people say in %(right)s of %(answers)s.");
  if (answers) parts.push(interpolate(said, { right, answers }));
  if (out) parts.push(gettext("Held out: measures, never trains."));
  part("visitor").replaceChildren(link(url, name), ` ${parts.join(" ")}`);
}

function showCounts() {
  part("awaiting").textContent = awaiting === null ? "…" : awaitingWords();
  const since = performance.now() - PACE_MINUTES * 60000;
  while (times.length && times[0] < since) times.shift();
  const minutes = times.length > 1 ? (performance.now() - times[0]) / 60000 : 0;
  const pace = { today, pace: Math.round((times.length - 1) / minutes) };
  part("pace").textContent = minutes > 0.05
    ? interpolate(gettext("%(today)s decided today, %(pace)s a minute"), pace)
    : interpolate(gettext("%(today)s decided today"), pace);
}

function awaitingWords() {
  const { count, isBounded } = awaiting;
  return interpolate(isBounded ? gettext("more than %(n)s await review") : gettext("%(n)s await review"), { n: number(count) });
}

function showUnsent(count, why = "") {
  part("unsent").hidden = !count;
  part("unsent").textContent = count ? interpolate(gettext("%(count)s not sent yet"), { count }) : "";
  if (why) say(why);
  root.dataset.unsent = count;
}

function say(words) {
  part("said").textContent = words;
}

function element(name, words) {
  const made = document.createElement(name);
  made.textContent = words;
  return made;
}

function link(url, words) {
  const made = element("a", words);
  made.href = url;
  made.className = "d-link";
  return made;
}

// What is done

function decide(decision) {
  const card = current();
  if (!card || (decision === "hide" && !told.may_hide)) return;
  const entry = { card, decision, key: uuid(), counted: !looking };
  const seconds = (performance.now() - shownAt) / 1000;
  latest.push(entry);
  if (looking) {
    entry.before = done[done.length - looking];
    done[done.length - looking] = entry;
    looking -= 1;
  } else {
    ahead.shift();
    done.push(entry);
    times.push(performance.now());
    today += 1;
    if (awaiting && !awaiting.isBounded) awaiting.count = Math.max(0, awaiting.count - 1);
  }
  // What is decided on twice has another state the second time, which is known once the first is answered.
  const seen = () => (card.after ? { claim: card.after.digit, state: card.after.state } : { claim: card.claim, state: card.state });
  outbox.send({
    url: told.urls.decide,
    drawing: card.drawing,
    body: () => ({ drawing: card.drawing, decision, key: entry.key, seconds, ...seen() }),
    answered: ({ said, after }) => {
      entry.said = said;
      card.after = after ?? card.after;
      say(`${interpolate(gettext("Drawing %(drawing)s."), card)} ${said}`);
      if (looking) showDecided();
    },
    refused: (answer) => refused(entry, answer),
  });
  show({ focus: document.activeElement === document.body });
  fill();
}

function refused(entry, { error, cards = [] }) {
  say(error);
  forget(entry);
  looking = Math.min(looking, done.length);
  if (entry.counted) today = Math.max(0, today - 1);
  if (cards.length) ahead.unshift(...cards.filter(({ drawing }) => !ahead.some((card) => card.drawing === drawing)));
  show();
}

/** Let an entry go, as if it had not been decided. */
function forget(entry) {
  latest = latest.filter((other) => other !== entry);
  for (const other of latest) if (other.before === entry) other.before = entry.before;
  done = done.flatMap((other) => (other === entry ? entry.before ?? [] : other));
}

function undo() {
  const entry = latest.at(-1);
  if (!entry) return say(gettext("There is nothing to take back on this page. The list of decisions has what was decided before."));
  forget(entry);
  looking = 0;
  if (entry.counted) {
    times.pop();
    today = Math.max(0, today - 1);
    ahead.unshift(entry.card);
  }
  outbox.send({
    url: told.urls.undo,
    drawing: entry.card.drawing,
    body: () => ({ key: entry.key, page }),
    answered: ({ said, cards }) => {
      say(`${interpolate(gettext("Drawing %(drawing)s."), entry.card)} ${said}`);
      if (entry.before) {
        entry.card.after = cards[0] && { digit: cards[0].claim, state: cards[0].state };
        return;
      }
      delete entry.card.after;
      // Hidden by somebody else, or decided on before: it is as it was, and that does not wait for a decision.
      if (cards[0]?.state !== "unreviewed") {
        ahead = ahead.filter((card) => card !== entry.card);
        return looking ? null : show();
      }
      ahead = ahead.map((card) => (card.drawing === cards[0]?.drawing ? cards[0] : card));
      if (ahead[0]?.drawing === cards[0]?.drawing && !looking) show();
    },
    refused: ({ error }) => {
      say(error);
      ahead = ahead.filter((card) => card !== entry.card);
      show();
    },
  });
  show();
}

function step(forward) {
  if (!forward) looking = Math.min(looking + 1, done.length);
  else if (looking) looking -= 1;
  else if (ahead.length > 1 || !exhausted) putOff();
  show({ focus: true });
}

function putOff() {
  const card = ahead.shift();
  if (!card) return;
  skipped.add(card.drawing);
  outbox.ask(told.urls.release, { page, drawings: [card.drawing] }).catch(() => {});
  fill();
}

async function renew() {
  const drawings = [...ahead.map(({ drawing }) => drawing)];
  if (!drawings.length) return fill();
  const { lost } = await outbox.ask(told.urls.keep, { page, drawings });
  const gone = new Set(lost.filter((drawing) => !outbox.waiting().includes(drawing)));
  if (!gone.size) return null;
  const shown = current();
  ahead = ahead.filter(({ drawing }) => !gone.has(drawing));
  if (shown && gone.has(shown.drawing) && !looking) {
    say(interpolate(gettext("Somebody else decided on drawing %(drawing)s meanwhile, or its visitor changed it."), shown));
    show();
  }
  return fill();
}

const KEYS = { a: "accept", r: "reject", n: "none", h: "hide" };

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input, textarea, select, dialog[open]")) return;
  const key = event.key.toLowerCase();
  if (/^[0-9]$/.test(key)) decide(key);
  else if (key in KEYS) decide(KEYS[key]);
  else if (key === "u") undo();
  else if (key === "arrowleft" || key === "arrowright") step(key === "arrowright");
  else if (key === "?") part("help-text").showModal();
  else return;
  event.preventDefault();
}

document.addEventListener("keydown", press);
for (const button of root.querySelectorAll("[data-do]")) button.addEventListener("click", () => decide(button.dataset.do));
part("step=back").addEventListener("click", () => step(false));
part("step=on").addEventListener("click", () => step(true));
part("step=undo").addEventListener("click", undo);
part("help").addEventListener("click", () => part("help-text").showModal());
part("again").addEventListener("click", () => { skipped.clear(); fill(); });
window.addEventListener("beforeunload", (event) => { if (outbox.size) event.preventDefault(); });
window.addEventListener("pagehide", () => {
  const drawings = ahead.map(({ drawing }) => drawing);
  if (drawings.length) outbox.ask(told.urls.release, { page, drawings }, { keepalive: true }).catch(() => {});
});
window.addEventListener("pageshow", (event) => { if (event.persisted) { ahead = []; show(); fill(); } });
setInterval(() => renew().catch(() => {}), told.renew_seconds * 1000);
setInterval(() => { if (!ahead.length && !document.hidden) fill(); }, LOOK_AGAIN_MS);
fill();
