/* The form that starts a job: shows the fields that the chosen kind has, and its defaults where nobody wrote otherwise.

Left out on purpose: checking. The server does that, and says it in words beside the field. */

import { gettext, interpolate } from "../../translate.js";

const form = document.getElementById("start-form");
const defaults = JSON.parse(document.getElementById("kind-defaults").textContent);
const presets = JSON.parse(document.getElementById("presets").textContent);
const note = document.getElementById("defaults-note");
const chosen = () => form.elements.kind.value;
let before = chosen();

function showFields() {
  const fineTune = chosen() === "fine-tune";
  form.querySelector('[data-for="base"]').hidden = !fineTune;
  form.querySelector('[data-for="architecture"]').hidden = fineTune;
  form.querySelector('[data-for="preset"]').hidden = fineTune;
  if (fineTune) form.elements.preset.value = "";
}

/* A field that still has the last kind's default gets the new kind's; one that somebody changed stays. */
function adopt() {
  const kept = [];
  for (const [name, value] of Object.entries(defaults[chosen()])) {
    const input = form.elements[name];
    if (Number(input.value) === Number(defaults[before][name])) input.value = value;
    else if (Number(input.value) !== Number(value)) kept.push(interpolate(gettext("%(field)s (usually %(value)s)"), { field: labelOf(input), value }));
  }
  const words = gettext("Kept as you wrote it: %(fields)s.");
  note.textContent = kept.length ? interpolate(words, { fields: kept.join(", ") }) : "";
  before = chosen();
}

function labelOf(input) {
  return document.querySelector(`label[for="${input.id}"]`)?.textContent.trim() ?? input.name;
}

/* A preset fills the fields; they may be changed again. */
function fillIn() {
  const preset = presets[form.elements.preset.value];
  note.textContent = preset ? preset.words : "";
  for (const [name, value] of Object.entries(preset ? preset.fields : {})) form.elements[name].value = value ?? "";
}

form.addEventListener("change", (event) => {
  if (event.target.name === "preset") fillIn();
  if (event.target.name !== "kind") return;
  showFields();
  adopt();
});
form.addEventListener("submit", () => { document.getElementById("start-button").disabled = true; });
// A page that comes back from the browser's memory has its button again.
addEventListener("pageshow", () => { document.getElementById("start-button").disabled = false; });
showFields();
