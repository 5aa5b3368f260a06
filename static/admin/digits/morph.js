/* Makes one element like another of the same kind by changing only what differs, so that focus, hover, scrolling, text
selections and opened folds stay as they are.

Left out on purpose: moving nodes around. What is at another place is changed in place. */

// What the reader, or a script, has set; the new page does not know it.
const KEPT = { DETAILS: ["open"], CANVAS: ["style", "width", "height"] };

export function morph(now, next) {
  matchAttributes(now, next);
  const wanted = [...next.childNodes];
  const there = [...now.childNodes];
  wanted.forEach((node, place) => {
    if (place >= there.length) now.append(node);
    else if (isSameKind(there[place], node)) change(there[place], node);
    else there[place].replaceWith(node);
  });
  for (const node of there.slice(wanted.length)) node.remove();
}

function isSameKind(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName && one.id === other.id;
}

function change(now, next) {
  if (now.nodeType === Node.ELEMENT_NODE) morph(now, next);
  else if (now.nodeValue !== next.nodeValue) now.nodeValue = next.nodeValue;
}

function matchAttributes(now, next) {
  const kept = KEPT[now.nodeName] ?? [];
  for (const { name } of [...now.attributes]) {
    if (!next.hasAttribute(name) && !kept.includes(name)) now.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (!kept.includes(name) && now.getAttribute(name) !== value) now.setAttribute(name, value);
  }
}
