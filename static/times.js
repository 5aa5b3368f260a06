/** Writes each <time data-local> in the visitor's time zone; without this script they stand there in UTC. */

import { locale } from "./translate.js";

const STYLES = {
  minute: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
  day: { day: "numeric", month: "short", year: "numeric" },
};

export function localTimes(root = document) {
  for (const element of root.querySelectorAll("time[data-local]")) {
    const at = new Date(element.dateTime);
    element.textContent = new Intl.DateTimeFormat(locale(), STYLES[element.dataset.local]).format(at);
    element.title = at.toString();
  }
}
