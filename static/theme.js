/* Light, dark, or as the system has it. Loaded before anything is painted, so that no page flashes in the wrong one. */
(() => {
  const KEY = "theme";
  const CHOICES = ["auto", "light", "dark"];
  const NAMES = { auto: "as the system", light: "light", dark: "dark" };
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
    button.setAttribute("aria-label", `Theme: ${NAMES[choice]}`);
    button.title = `Theme: ${NAMES[choice]}`;
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
