/**
 * Whether other visitors may see one's drawings: asked once in a small box that is in nobody's way, and a switch.
 * That the question was answered is remembered by this browser; what was answered, by the site.
 */

import { Failure } from "./api.js";
import { failureInWords, WORDS } from "./words.js";

const KEY = "digits.consent-asked";

/** Show the question in `box`, unless it was answered before or this site does not show drawings to others. */
export async function offer(api, box) {
  if (!box || wasAsked()) return;
  const sharing = await api.sharing().catch(() => null); // then it is asked another time
  if (!sharing?.is_asked || sharing.shares) return;
  box.hidden = false;
  for (const button of box.querySelectorAll("[data-shares]")) {
    button.onclick = () => answer(api, box, button.dataset.shares === "true");
  }
}

async function answer(api, box, shares) {
  const words = box.querySelector("[data-consent-words]");
  try {
    await api.share(shares);
    remember();
    words.textContent = shares ? WORDS.shared : WORDS.notShared;
    for (const button of box.querySelectorAll("[data-shares]")) button.hidden = true;
    setTimeout(() => (box.hidden = true), 4000);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    words.textContent = failureInWords(failure, WORDS.notChanged);
  }
}

/** A checkbox that is a switch; it goes back where the site could not be told. */
export function connectSwitch(api, input, say) {
  input?.addEventListener("change", async () => {
    const shares = input.checked;
    try {
      await api.share(shares);
      remember();
      say(shares ? WORDS.shared : WORDS.notShared);
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      input.checked = !shares;
      say(failureInWords(failure, WORDS.notChanged));
    }
  });
}

function wasAsked() {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return true; // where nothing can be remembered it would be asked again and again
  }
}

function remember() {
  try {
    localStorage.setItem(KEY, "yes");
  } catch {
    // Then the switch among the drawings is there to answer.
  }
}
