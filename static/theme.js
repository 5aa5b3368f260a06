/* Light, dark, or as the system has it. Loaded before anything is painted, so that no page flashes in the wrong one. */
(() => {
  const KEY = "theme";
  const CHOICES = ["auto", "light", "dark"];
  // Called once the page is there, and with it the catalog; this script comes before both.
  const gettext = (text) => globalThis.django?.gettext?.(text) ?? text;
  const names = {
    auto: () => gettext("Theme: as the system"),
    light: () => gettext("Theme: light"),
    dark: () => gettext("Theme: dark"),
  };
  const system = matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      const stored = localStorage.getItem(KEY);
      return CHOICES.includes(stored) ? stored : "auto";
    } catch {
      return "auto"; // storage may be forbidden; the system's theme will do
    }
  }

  let choice = chosen();

  function apply() {
    const theme = choice === "auto" ? (system.matches ? "dark" : "light") : choice;
    document.documentElement.dataset.theme = theme;
    document.dispatchEvent(new CustomEvent("themechange", { detail: theme }));
  }

  function describe(button) {
    button.dataset.choice = choice;
    button.title = names[choice]();
    button.setAttribute("aria-label", button.title);
  }

  function next(button) {
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // Then it lasts until the page is left.
    }
    apply();
    describe(button);
  }

  apply();
  system.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-switch]");
    describe(button);
    button.hidden = false;
    button.addEventListener("click", () => next(button));
  });
})();
