// What all pages of the admin share: whatever scrolls can be scrolled with the keys, and only as long as it does.
// Left out on purpose: what scrolls in unfold's own markup.

// This script is no module; the catalog is there by the time that anything is named.
const gettext = (text) => globalThis.django?.gettext?.(text) ?? text;
const scrolls = (box) => box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;

const name = (box) =>
  box.querySelector("caption")?.textContent ??
  box.closest("section, figure, details")?.querySelector("h2, h3, figcaption, summary")?.textContent ??
  gettext("Table");

function adapt(box) {
  if (scrolls(box)) {
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", name(box).trim());
  } else {
    for (const attribute of ["tabindex", "role", "aria-label"]) box.removeAttribute(attribute);
  }
}

const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => adapt(target.closest(".d-scroll"))));

function watch() {
  for (const box of document.querySelectorAll(".d-scroll")) {
    sizes.observe(box);
    for (const content of box.children) sizes.observe(content);
  }
}

function start() {
  watch();
  new MutationObserver(watch).observe(document.body, { childList: true, subtree: true });
}

if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
else start();
