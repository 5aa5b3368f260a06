/** Everything that the scripts say, in one place, so that it can be read through and translated. */

export const WORDS = {
  start: "Draw a digit, 0 to 9.",
  drawing: "Nothing is stored until you submit.",
  picture: "Your picture is on the paper. Nothing is stored until you submit.",
  nothingToSubmit: "The paper is empty: draw a digit first.",
  sending: "Sending.",
  waiting: (seconds) => `Too many requests for now: trying again in ${seconds} s. Your drawing is kept.`,
  waitingToSend: (seconds) => `Too many requests for now: trying again in ${seconds} s.`,
  kept: "Your drawing is kept.",
  keptOnly: "Your drawing is kept, and not stored.",
  tryAgain: "Try again",
  thanks: "Thanks. Once a person accepts it, it helps to train or test the next version.",
  correctionLost: "The correction is not stored. ",
  deletionFailed: "It is not deleted. ",
  deleted: "Deleted.",
  takenBack: "Taken back.",
  saved: (label) => `Stored: ${labelName(label)}.`,
  notADigit: "not a digit",
  noPicture: "That is no picture: choose a PNG, JPEG or WebP file.",
  tooLarge: (bytes, most) =>
    `The file has ${megabytes(bytes)} MB, the most is ${megabytes(most)} MB: choose a smaller picture.`,
  steps: { ink: "As it came", crop: "Cropped", box: "In a box of 20 × 20", centred: "Centred in 28 × 28" },
  layers: { input: "Input", convolution: "Convolution", maxpool: "Max pool", dense: "Dense" },
  figure: { input: "image", convolution: "convolution", maxpool: "max pool", dense: "dense", answers: "answers" },
  network: ({ number, architecture }) => `Version ${number}, ${architecture}`,
  answers: (count) => (count > 10 ? "The digits 0 to 9, and “no digit”" : "The digits 0 to 9"),
  strokes: "Take a stroke away, and the answer changes, or not. A drawing in one stroke is cut into parts.",
  noStrokes: "Strokes can be taken away from drawings only, and from more than a dot.",
  strokeOf: (number, count) => `Without stroke ${number} of ${count}`,
  noDigitWithout: "No digit without it",
  digitWithout: (digit) => `${digit} without it`,
  still: (digit, share) => `${share} for ${digit}`,
  reads: (answer) => `Version ${answer.model_version}: ${answer.digit === null ? reasonInWords(answer.reason) : `${answer.digit}, ${percent(answer.confidence)}.`}`,
  insideStart: "Draw a digit, and watch here how the network reads it.",
  followIt: "Follow it",
  shared: "Other visitors may see your drawings now. You can change that among your drawings.",
  notShared: "Other visitors do not see your drawings. You can change that among your drawings.",
  notChanged: "Nothing has changed.",
  inQuestion: "A drawing of another visitor",
  thanksForOpinion: "Thanks.",
  skipped: "Left out.",
  opinionUnsent: (count) => (count === 1 ? "1 answer is not sent yet." : `${count} answers are not sent yet.`),
  opinions: ({ given, counted, reviewed, same }) =>
    given
      ? `${given} ${given === 1 ? "answer" : "answers"} from you so far.` +
        (reviewed ? ` Of the first ${counted}, people have reviewed ${reviewed} of the drawings and say the same as you on ${same}.` : "")
      : "",
  copied: "The address is copied.",
  copyFailed: "This browser does not let pages copy: mark the address and copy it.",
  seen: "The 28 by 28 image that the network saw",
};

const REASONS = {
  empty: "There is no ink in it.",
  too_little_ink: "Too little ink to read: draw the digit larger.",
  not_a_digit: "That does not look like a single digit.",
};

const FAILURES = {
  offline: "No connection.",
  timeout: "No answer in time.",
  server: "The server failed.",
};

// Where somebody between the page and the server answers, who gives no reason
const UNSAID = { busy: "Too many requests at once.", full: "The server has no room left." };

export function reasonInWords(reason) {
  return REASONS[reason] ?? REASONS.not_a_digit;
}

export function failureInWords(failure, kept = "") {
  const what = FAILURES[failure.kind] ?? (failure.message || UNSAID[failure.kind] || "The request was refused.");
  return kept ? `${what} ${kept}` : what;
}

export function question({ digit, reason }) {
  return digit === null ? `${reasonInWords(reason)} Which one is it?` : `Is it ${article(digit)} ${digit}?`;
}

export function answerAloud({ digit, confidence, reason }) {
  if (digit === null) return reasonInWords(reason);
  return `${digit}, ${percent(confidence).replace(">", "more than").replace("%", "percent")}`;
}

export function labelName(label) {
  return label === "none" ? WORDS.notADigit : String(label);
}

/** "98 %"; no network is certain, so that nothing reads as 100. */
export function percent(share) {
  return share >= 0.995 ? "> 99 %" : `${Math.round(share * 100)} %`;
}

function article(digit) {
  return digit === 8 ? "an" : "a";
}

function megabytes(bytes) {
  return (bytes / 1024 / 1024).toFixed(1);
}
