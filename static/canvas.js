/**
 * Paper to draw on: takes ink from mouse, finger or pen, keeps it as strokes, and says what happens by events.
 * It knows no page. Left out on purpose: buttons, keys, sending, and keeping a drawing longer than the page.
 *
 * Events: "strokebegin" (cancelable, before the ink), "strokeend", and "change" whenever there is other ink than before.
 */

const MOST_OUTSIDE = 0.5; // of the side: pointer capture lets a line run off the paper, and nobody sees it there
const CLOSEST_POINTS = 1.5; // units: a hand that rests adds no points
const NOTHING = Object.freeze({ strokes: Object.freeze([]), picture: null });

export class Paper extends EventTarget {
  #canvas;
  #context;
  #dry = document.createElement("canvas"); // finished strokes, so that a frame costs only the one being drawn
  #state = NOTHING;
  #history = [];
  #pointer = null; // the one that draws: {id, type, points, startedAt}
  #startedAt = null; // of the drawing, on the clock of the events
  #frame = 0;

  /** `side` is the length of the paper in the units of its points, whatever its size on the screen. */
  constructor(canvas, { side = 1000, penWidth = 52 } = {}) {
    super();
    this.side = side;
    this.penWidth = penWidth;
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
    this.#listen();
    this.#watchSize();
  }

  /** Strokes as lists of [x, y, t_ms] or, from a pen that feels it, [x, y, t_ms, pressure]. */
  get strokes() {
    return this.#pointer ? [...this.#state.strokes, this.#pointer.points] : this.#state.strokes;
  }

  get picture() {
    return this.#state.picture;
  }

  get isEmpty() {
    return this.strokes.length === 0 && !this.picture;
  }

  /** Whether somebody is in the middle of a stroke. */
  get isDrawing() {
    return this.#pointer !== null;
  }

  get canUndo() {
    return this.#history.length > 0;
  }

  /** Take back the last stroke, or the last clearing. */
  undo() {
    if (this.#pointer || !this.canUndo) return;
    this.#show(this.#history.pop());
  }

  /** End the stroke that is being drawn, if one is; what the pointer does until it comes down again leaves no ink. */
  finish() {
    if (this.#pointer) this.#finishStroke();
  }

  /** Empty the paper in a way that undo takes back. */
  clear() {
    this.finish();
    if (!this.isEmpty) this.#become(NOTHING);
  }

  /** A new sheet: nothing on it, nothing to undo. */
  restart() {
    this.load([]);
  }

  load(strokes) {
    this.#pointer = null;
    this.#startedAt = null;
    this.#history = strokes.map((_, count) => ({ strokes: strokes.slice(0, count), picture: null }));
    this.#show({ strokes, picture: null });
  }

  /** Lay a picture (anything that drawImage takes) on the paper in place of the ink. */
  lay(picture) {
    this.#pointer = null;
    this.#become({ strokes: [], picture });
  }

  /** Draw again, after the canvas's CSS colour has changed. */
  refresh() {
    this.#redraw();
  }

  #become(state) {
    this.#history.push(this.#state);
    this.#show(state);
  }

  #show(state) {
    this.#state = state;
    this.#redraw();
    this.#emit("change");
  }

  #emit(name, options) {
    return this.dispatchEvent(new Event(name, options));
  }

  // Pointers

  #listen() {
    const listen = (name, handler, options) => this.#canvas.addEventListener(name, handler.bind(this), options);
    listen("pointerdown", this.#down);
    listen("pointermove", this.#move);
    listen("pointerup", this.#up);
    // The system took the pointer away (a call, a gesture): what was drawn until then stays.
    listen("pointercancel", this.#up);
    listen("lostpointercapture", this.#up);
    // A long press opens a menu on Android and a magnifier on iOS, in the middle of a stroke.
    listen("contextmenu", (event) => this.#pointer && event.preventDefault());
    listen("touchstart", (event) => event.cancelable && event.preventDefault(), { passive: false });
  }

  #down(event) {
    const isContextClick = event.button !== 0 || (event.pointerType === "mouse" && event.ctrlKey);
    if (isContextClick || !this.#mayTakeOver(event)) return;
    this.#pointer = null;
    if (!this.#emit("strokebegin", { cancelable: true })) return;
    try {
      this.#canvas.setPointerCapture(event.pointerId);
    } catch {
      // The finger has left the glass already; its pointerup follows without capture.
    }
    this.#fit(); // not every browser tells when the ratio changes
    this.#canvas.focus({ preventScroll: true, focusVisible: false }); // keys go to the paper now
    const last = this.#state.strokes.at(-1)?.at(-1);
    // Times run on from what is there, also over a reload; the pause before this stroke is not known then.
    this.#startedAt ??= event.timeStamp - (last ? last[2] : 0);
    this.#pointer = { id: event.pointerId, type: event.pointerType, points: [] };
    this.#add([event]);
    event.preventDefault();
  }

  /** One pointer draws at a time; only a pen takes over, from the palm that came down before it. */
  #mayTakeOver(event) {
    return !this.#pointer || (event.pointerType === "pen" && this.#pointer.type === "touch");
  }

  #move(event) {
    if (event.pointerId !== this.#pointer?.id) return;
    if (event.pointerType === "mouse" && event.buttons === 0) return this.#finishStroke(); // released unseen
    // Between two frames a pen reports up to eight times; some browsers answer with an empty list instead.
    const reports = event.getCoalescedEvents?.() ?? [];
    this.#add(reports.length ? reports : [event]);
  }

  #up(event) {
    if (event.pointerId === this.#pointer?.id) this.#finishStroke();
  }

  #add(events) {
    const box = this.#canvas.getBoundingClientRect();
    const { points, type } = this.#pointer;
    const before = points.length;
    for (const event of events) {
      const x = this.#toUnits((event.clientX - box.left) / box.width);
      const y = this.#toUnits((event.clientY - box.top) / box.height);
      const last = points.at(-1);
      if (last && Math.hypot(x - last[0], y - last[1]) < CLOSEST_POINTS) continue;
      const point = [x, y, Math.max(0, Math.round(event.timeStamp - this.#startedAt))];
      if (type === "pen" && event.pressure > 0) point.push(Math.round(event.pressure * 100) / 100);
      points.push(point);
    }
    if (points.length === before) return;
    this.#drawSoon();
    this.#emit("change");
  }

  #toUnits(share) {
    const inside = Math.min(1 + MOST_OUTSIDE, Math.max(-MOST_OUTSIDE, share));
    return Math.round(inside * this.side * 10) / 10;
  }

  #finishStroke() {
    const { points } = this.#pointer;
    this.#pointer = null;
    this.#history.push(this.#state);
    // Ink on a picture would be lost in what is sent: a stroke replaces the picture.
    this.#state = { strokes: [...this.#state.strokes, points], picture: null };
    this.#redraw();
    this.#emit("change");
    this.#emit("strokeend");
  }

  // Ink

  #watchSize() {
    const observer = new ResizeObserver(([entry]) => this.#fit(entry.devicePixelContentBoxSize?.[0].inlineSize));
    try {
      observer.observe(this.#canvas, { box: "device-pixel-content-box" });
    } catch {
      observer.observe(this.#canvas); // Safari knows no device-pixel boxes
    }
    this.#watchPixelRatio();
  }

  #watchPixelRatio() {
    const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    const changed = () => {
      this.#fit();
      this.#watchPixelRatio();
    };
    query.addEventListener("change", changed, { once: true });
  }

  /** A pixel for each of the screen's. The observer knows how a fraction was rounded, and not always the ratio. */
  #fit(observed) {
    const pixels = this.#canvas.clientWidth * devicePixelRatio;
    this.#resize(Math.abs(observed - pixels) < 2 ? observed : pixels);
  }

  #resize(pixels) {
    const size = Math.max(1, Math.round(pixels));
    if (size === this.#canvas.width && size === this.#dry.width) return;
    for (const canvas of [this.#canvas, this.#dry]) canvas.width = canvas.height = size;
    this.#redraw();
  }

  #drawSoon() {
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  /** Draw everything anew: the size, the colour or the finished strokes are others. */
  #redraw() {
    const context = this.#dry.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#dry.width, this.#dry.height);
    this.#toInk(context);
    if (this.picture) drawContained(context, this.picture, this.side);
    for (const points of this.#state.strokes) drawStroke(context, points, this.penWidth);
    this.#draw();
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    // The picture goes as soon as a stroke that replaces it begins.
    if (!(this.picture && this.#pointer)) context.drawImage(this.#dry, 0, 0);
    this.#toInk(context);
    if (this.#pointer?.points.length) drawStroke(context, this.#pointer.points, this.penWidth);
  }

  #toInk(context) {
    const scale = this.#canvas.width / this.side;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.strokeStyle = context.fillStyle = getComputedStyle(this.#canvas).color;
    context.lineCap = context.lineJoin = "round";
  }
}

/** A smooth line: each point bends the curve from the middle of one segment to the middle of the next. */
function drawStroke(context, points, penWidth) {
  const [first] = points;
  context.beginPath();
  context.arc(first[0], first[1], widthAt(first, penWidth) / 2, 0, 2 * Math.PI);
  context.fill(); // a tap is a dot: browsers disagree on lines without length
  context.beginPath();
  context.moveTo(first[0], first[1]);
  for (let i = 1; i < points.length; i++) {
    const point = points[i];
    const next = points[i + 1];
    const end = next ? [(point[0] + next[0]) / 2, (point[1] + next[1]) / 2] : point;
    context.quadraticCurveTo(point[0], point[1], end[0], end[1]);
    const width = widthAt(point, penWidth);
    if (!next || width !== widthAt(next, penWidth)) {
      context.lineWidth = width;
      context.stroke();
      context.beginPath();
      context.moveTo(end[0], end[1]);
    }
  }
}

/** Pressure swells the line by at most a third either way; what the network reads does not depend on it. */
function widthAt(point, penWidth) {
  return point.length > 3 ? penWidth * (0.67 + 0.66 * point[3]) : penWidth;
}

function drawContained(context, picture, side) {
  const scale = side / Math.max(picture.width, picture.height);
  const [width, height] = [picture.width * scale, picture.height * scale];
  context.drawImage(picture, (side - width) / 2, (side - height) / 2, width, height);
}
