// One line of the table: a module.

import { COLUMNS } from "./columns.js";
import { glyph, make, mark, unmarked, write } from "./dom.js";
import { say } from "./speech.js";
import { kindOf, objectionText, wasIn, wasText } from "./verdicts.js";

export class Line {
  constructor(row, place) {
    this.place = place;
    this.link = make("a.list-name", { href: `#${encodeURIComponent(row.name)}`, tabindex: "-1" });
    this.glyph = glyph("idle");
    this.copy = make("button.copy", { type: "button", tabindex: "-1" }, make("i", { "aria-hidden": "true" }));
    this.texts = new Map(Object.keys(COLUMNS).map((key) => [key, key === "name" ? this.link : make("span")]));
    const cells = [...this.texts].map(([key, text]) => make(`${key === "name" ? "th" : "td"}.list-${key}`, key === "name" ? { scope: "row" } : {},
      key === "state" ? this.glyph : null, text, key === "number" ? this.copy : null));
    this.el = make("tr", { "data-name": row.name }, ...cells);
    this.update(row);
  }

  update(row) {
    this.row = row;
    for (const [key, text] of this.texts) write(text, COLUMNS[key].text(row) || "");
    mark(this.texts.get("onlinesim"), "title", objectionText(row));
    mark(this.texts.get("state"), "title", row.live ? "" : unmarked(row.text));
    mark(this.texts.get("number"), "title", wasText(row));
    mark(this.el, "data-was", String(Boolean(wasIn(row))));
    mark(this.copy, "aria-label", say("copy-number", { number: row.number ?? "" }));
    this.copy.hidden = !row.number;
    this.tick();
  }

  /** Waiting for long is bad: whether it has become so now. */
  tick() {
    const kind = kindOf(this.row);
    if (this.el.dataset.kind === kind) return false;
    mark(this.el, "data-kind", kind);
    mark(this.glyph, "data-kind", kind);
    return true;
  }
}
