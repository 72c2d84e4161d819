// Makes elements. Every text is inserted as text: nothing from a SIM or a server becomes markup.

/** make("li.report", {title: "…"}, "text", child…) */
export function make(what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const el = document.createElement(tag);
  if (classes.length) el.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
  el.append(...children.filter((child) => child !== null && child !== ""));
  return el;
}

export const glyph = (kind) => make("i.glyph", { "aria-hidden": "true", "data-kind": kind });

/** Change a text only if it differs: setting it again would trigger screen readers and layout. */
export function write(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

export function mark(el, name, value) {
  if (el.getAttribute(name) !== value) el.setAttribute(name, value);
}

/** Write a text in which `backquotes` mark what is typed or stands in a file. */
export function writeMarked(el, text) {
  if (el.dataset.marked === text) return;
  el.dataset.marked = text;
  el.replaceChildren(...text.split("`").map((part, i) => (i % 2 ? make("code", {}, part) : part)));
}

/** An element with such a text. */
export function marked(what, text) {
  const el = make(what);
  writeMarked(el, text);
  return el;
}

/** The same where nothing can be marked. */
export const unmarked = (text) => text.replaceAll("`", "");
