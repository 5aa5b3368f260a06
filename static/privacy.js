/** The pages on what is stored: moments in the visitor's own time. All else works without a script. */

import { localTimes } from "./times.js";

localTimes();
