/**
 * Work that is worth doing only for the newest input: one run at a time, what came in between is skipped.
 * After each run it rests as long as the run took, within bounds, so that a slow server is asked less often.
 */

export class Latest {
  #run;
  #waiting = null; // {input}, the newest that has not been run
  #controller = null;
  #timer = 0;
  #restMs;

  /** `run(input, signal)` returns a promise; what it throws is its own business to catch. */
  constructor(run, { restMs = [10, 400] } = {}) {
    this.#run = run;
    this.#restMs = restMs;
  }

  push(input) {
    this.#waiting = { input };
    if (!this.#controller && !this.#timer) this.#next();
  }

  /** Forget what waits, and abort what runs. */
  cancel() {
    this.#waiting = null;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#controller?.abort(new DOMException("not wanted any more", "AbortError"));
    this.#controller = null;
  }

  async #next() {
    const { input } = this.#waiting;
    const controller = new AbortController();
    this.#waiting = null;
    this.#controller = controller;
    const startedAt = performance.now();
    try {
      await this.#run(input, controller.signal);
    } finally {
      if (this.#controller === controller) {
        this.#controller = null;
        this.#rest(performance.now() - startedAt);
      } // else it was cancelled meanwhile
    }
  }

  #rest(tookMs) {
    const [least, most] = this.#restMs;
    this.#timer = setTimeout(
      () => {
        this.#timer = 0;
        if (this.#waiting) this.#next();
      },
      Math.min(most, Math.max(least, tookMs)),
    );
  }
}
