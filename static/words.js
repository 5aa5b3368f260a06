/** Everything that the scripts of the public pages say, in one place, so that it can be read through and translated. */

import { gettext, interpolate, ngettext, number, pgettext } from "./translate.js";

export const WORDS = {
  start: gettext("Draw a digit, 0 to 9."),
  drawing: gettext("Nothing is stored until you submit."),
  picture: gettext("Your picture is on the paper. Nothing is stored until you submit."),
  nothingToSubmit: gettext("The paper is empty: draw a digit first."),
  sending: gettext("Sending."),
  waiting: (seconds) =>
    interpolate(gettext("Too many requests for now: trying again in %(seconds)s s. Your drawing is kept."), { seconds }),
  waitingToSend: (seconds) => interpolate(gettext("Too many requests for now: trying again in %(seconds)s s."), { seconds }),
  kept: gettext("Your drawing is kept."),
  keptOnly: gettext("Your drawing is kept, and not stored."),
  tryAgain: gettext("Try again"),
  thanks: gettext("Thanks. Once a person accepts it, it helps to train or test the next version."),
  correctionLost: gettext("The correction is not stored."),
  deletionFailed: gettext("It is not deleted."),
  deleted: gettext("Deleted."),
  takenBack: gettext("Taken back."),
  saved: (label) => interpolate(gettext("Stored: %(label)s."), { label: labelName(label) }),
  notADigit: gettext("not a digit"),
  noPicture: gettext("That is no picture: choose a PNG, JPEG or WebP file."),
  tooLarge: (bytes, most) =>
    interpolate(gettext("The file has %(size)s MB, the most is %(most)s MB: choose a smaller picture."), {
      size: megabytes(bytes),
      most: megabytes(most),
    }),
  steps: {
    ink: gettext("As it came"),
    crop: gettext("Cropped"),
    box: gettext("In a box of 20 × 20"),
    centred: gettext("Centred in 28 × 28"),
  },
  layers: {
    input: gettext("Input"),
    convolution: gettext("Convolution"),
    maxpool: gettext("Max pool"),
    dense: gettext("Dense"),
  },
  figure: {
    input: pgettext("figure", "image"),
    convolution: pgettext("figure", "convolution"),
    maxpool: pgettext("figure", "max pool"),
    dense: pgettext("figure", "dense"),
    answers: pgettext("figure", "answers"),
  },
  network: (version) => interpolate(gettext("Version %(number)s, %(architecture)s"), version),
  answers: (count) => (count > 10 ? gettext("The digits 0 to 9, and “no digit”") : gettext("The digits 0 to 9")),
  strokes: gettext("Take a stroke away, and the answer changes, or not. A drawing in one stroke is cut into parts."),
  noStrokes: gettext("Strokes can be taken away from drawings only, and from more than a dot."),
  strokeOf: (place, count) => interpolate(gettext("Without stroke %(place)s of %(count)s"), { place, count }),
  noDigitWithout: gettext("No digit without it"),
  digitWithout: (digit) => interpolate(gettext("%(digit)s without it"), { digit }),
  still: (digit, share) => interpolate(gettext("%(share)s for %(digit)s"), { digit, share }),
  reads: ({ model_version: version, digit, confidence, reason }) =>
    digit === null
      ? interpolate(gettext("Version %(version)s: %(reason)s"), { version, reason: reasonInWords(reason) })
      : interpolate(gettext("Version %(version)s: %(digit)s, %(share)s."), { version, digit, share: percent(confidence) }),
  insideStart: gettext("Draw a digit, and watch here how the network reads it."),
  followIt: gettext("Follow it"),
  shared: gettext("Other visitors may see your drawings now. You can change that among your drawings."),
  notShared: gettext("Other visitors do not see your drawings. You can change that among your drawings."),
  notChanged: gettext("Nothing has changed."),
  inQuestion: gettext("A drawing of another visitor"),
  thanksForOpinion: gettext("Thanks."),
  skipped: gettext("Left out."),
  opinionUnsent: (count) =>
    interpolate(ngettext("%(n)s answer is not sent yet.", "%(n)s answers are not sent yet.", count), { n: number(count) }),
  opinions: ({ given, counted, reviewed, same }) => {
    if (!given) return "";
    const sum = ngettext("%(n)s answer from you so far.", "%(n)s answers from you so far.", given);
    const agreed = gettext(
      "Of the first %(counted)s, people have reviewed %(reviewed)s of the drawings and say the same as you on %(same)s.",
    );
    const told = [interpolate(sum, { n: number(given) })];
    if (reviewed) told.push(interpolate(agreed, { counted: number(counted), reviewed: number(reviewed), same: number(same) }));
    return told.join(" ");
  },
  readRight: (cell) => interpolate(gettext("%(meant)s read right: %(count)s of %(of)s, %(share)s"), cell),
  readAs: (cell) => interpolate(gettext("%(meant)s read as %(answer)s: %(count)s of %(of)s, %(share)s"), cell),
  copied: gettext("The address is copied."),
  copyFailed: gettext("This browser does not let pages copy: mark the address and copy it."),
  seen: gettext("The 28 by 28 image that the network saw"),
};

const REASONS = {
  empty: gettext("There is no ink in it."),
  too_little_ink: gettext("Too little ink to read: draw the digit larger."),
  not_a_digit: gettext("That does not look like a single digit."),
};

const FAILURES = {
  offline: gettext("No connection."),
  timeout: gettext("No answer in time."),
  server: gettext("The server failed."),
};

// Where somebody between the page and the server answers, who gives no reason
const UNSAID = { busy: gettext("Too many requests at once."), full: gettext("The server has no room left.") };

export function reasonInWords(reason) {
  return REASONS[reason] ?? REASONS.not_a_digit;
}

export function failureInWords(failure, kept = "") {
  const what = FAILURES[failure.kind] ?? (failure.message || UNSAID[failure.kind] || gettext("The request was refused."));
  return kept ? `${what} ${kept}` : what;
}

export function question({ digit, reason }) {
  if (digit === null) return `${reasonInWords(reason)} ${gettext("Which one is it?")}`;
  // Translators: the eight alone, since English says "an 8".
  if (digit === 8) return gettext("Is it an 8?");
  return interpolate(gettext("Is it a %(digit)s?"), { digit });
}

export function answerAloud({ digit, confidence, reason }) {
  if (digit === null) return reasonInWords(reason);
  if (confidence >= SURE) return interpolate(gettext("%(digit)s, more than 99 percent"), { digit });
  return interpolate(gettext("%(digit)s, %(share)s percent"), { digit, share: Math.round(confidence * 100) });
}

export function labelName(label) {
  return label === "none" ? WORDS.notADigit : String(label);
}

const SURE = 0.995;

/** "98 %"; no network is certain, so that nothing reads as 100. */
export function percent(share) {
  return share >= SURE ? "> 99 %" : `${Math.round(share * 100)} %`;
}

function megabytes(bytes) {
  return number(bytes / 1024 / 1024, 1);
}
