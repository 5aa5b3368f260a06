/* Fills the strip of nearest people on a drawing's page. */

import { loadNeighbours } from "./neighbours.js";

const place = document.querySelector("[data-neighbours-of]");
loadNeighbours(place, place.dataset.neighboursOf);
