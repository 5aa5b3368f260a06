/**
 * The drawing that is not submitted yet, kept through a reload of this tab, with the key under which it is sent: if the
 * answer was lost, it is not stored twice. Pictures are not kept; their files are where they were.
 */

const KEY = "digits.draft";

export function saveDraft(strokes, key) {
  try {
    if (strokes.length) sessionStorage.setItem(KEY, JSON.stringify({ strokes, key }));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Storage is forbidden or full: then a reload loses the drawing, and nothing else does.
  }
}

/** {strokes, key}, or null if there is none that can be read. */
export function readDraft() {
  try {
    const draft = JSON.parse(sessionStorage.getItem(KEY));
    return draft.strokes.length && draft.strokes.every(isStroke) && typeof draft.key === "string" ? draft : null;
  } catch {
    return null;
  }
}

function isStroke(points) {
  return points.length > 0 && points.every((point) => point.length >= 3 && point.every(Number.isFinite));
}
