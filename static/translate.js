/**
 * The texts of the scripts in the page's language, and numbers as that language writes them.
 * The catalog is a script that the page loads before this one; without it everything is said in English.
 */

/** The text in the page's language. The argument has to be a literal: the tool that collects the texts reads it. */
export function gettext(text) {
  return globalThis.django?.gettext?.(text) ?? text;
}

/** `one` or `many`, by the number and the rules of the page's language. */
export function ngettext(one, many, number) {
  return globalThis.django?.ngettext?.(one, many, number) ?? (number === 1 ? one : many);
}

/** The same word in another meaning: `pgettext("button", "Right")`. */
export function pgettext(context, text) {
  return globalThis.django?.pgettext?.(context, text) ?? text;
}

/** "%(n)s of %(total)s" with the values in; "%%" is a per cent sign. A value that is not there stays as it is. */
export function interpolate(text, values) {
  return text.replace(/%%|%\((\w+)\)s/g, (place, name) => (place === "%%" ? "%" : String(values[name] ?? place)));
}

/** The page's language, in the way of the visitor's country where that is known: "de-AT". */
export function locale() {
  const language = document.documentElement.lang || "en";
  return navigator.languages.find((tag) => tag.startsWith(`${language}-`)) ?? (language === "en" ? "en-GB" : language);
}

/** "1,204" or "1.204"; `digits` behind the point. */
export function number(value, digits = 0) {
  // By the language alone, as the server writes them, whatever the country.
  return value.toLocaleString(document.documentElement.lang || "en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
