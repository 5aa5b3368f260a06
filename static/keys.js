/**
 * One key per action for a whole page. A key with a modifier belongs to the browser, one in a text field to the field,
 * and Enter or space on a button or link to that button or link.
 */

const TEXT_FIELDS = "input:not([type=file], [type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const PRESSABLE = "a[href], button, summary, input, label";

/** `actions`: {"Enter": () => ..., "7": () => ...}; letters in lower case. An action may return false: not mine. */
export function listenForKeys(actions, { target = document } = {}) {
  target.addEventListener("keydown", (event) => {
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action || !isOurs(event)) return;
    if (action() !== false) event.preventDefault();
  });
}

function isOurs(event) {
  if (event.defaultPrevented || event.repeat || event.isComposing) return false;
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return false;
  if (event.target.closest(TEXT_FIELDS) || document.querySelector("dialog[open]")) return false;
  return !(["Enter", " "].includes(event.key) && event.target.closest(PRESSABLE));
}
