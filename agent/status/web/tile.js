// One module on the wall. What it shows that is no more is marked so, and never looks like what is.

import { glyph, make, mark, unmarked, write } from "./dom.js";
import { say } from "./speech.js";
import { barsOf, kindOf, labelOf, objectionLabel, objectionOf, objectionText, registrationOf, signalOf, sinceOf, unseenOf, wasIn, wasText } from "./verdicts.js";

export class Tile {
  constructor(row) {
    this.glyph = glyph("idle");
    this.name = make("span.tile-name");
    this.bars = make("span.bars", {}, make("i"), make("i"), make("i"), make("i"));
    this.was = make("small.tile-was");
    this.digits = make("span");
    this.number = make("span.tile-number", {}, this.was, this.digits);
    this.reason = make("span.tile-reason");
    this.side = make("span.tile-side");
    this.sim = make("span.tile-sim");
    this.more = make("span.tile-more", { "aria-hidden": "true" });
    this.unseen = make("span.unseen");
    this.el = make("button.tile", { type: "button", "data-name": row.name, tabindex: "-1" },
      this.name, this.bars, this.number, this.sim, this.glyph, this.reason, this.side, this.more, this.unseen);
    this.el.addEventListener("animationend", () => this.el.classList.remove("flash"));
    this.update(row, false);
  }

  update(row, isChange) {
    if (isChange && this.row.reason !== row.reason) this.el.classList.add("flash");
    this.row = row;
    mark(this.el, "data-reason", row.reason);
    write(this.unseen, unseenOf(row));
    mark(this.el, "title", titleOf(row));
    mark(this.bars, "data-level", String(barsOf(row) ?? "none"));
    write(this.name, row.label ? `${row.name} ${row.label}` : row.name);
    this.#writeSim(row);
    mark(this.el, "data-onlinesim", objectionOf(row) ?? "");
    write(this.reason, objectionLabel(row) || (row.live ? row.operator ?? labelOf("live") : labelOf(row.reason)));
    write(this.more, [signalOf(row), registrationOf(row), row.model].filter(Boolean).join(" · "));
    this.tick();
  }

  #writeSim(row) {
    const past = wasIn(row);
    write(this.was, past ? say("was") : "");
    write(this.digits, row.number ?? (past ? past.number ?? `…${past.iccid.slice(-4)}` : "—"));
    write(this.sim, row.iccid ?? (past ? past.iccid : "—"));
    mark(this.el, "data-was", String(Boolean(past)));
  }

  tick() {
    write(this.side, this.row.live ? "" : sinceOf(this.row));
    const kind = kindOf(this.row);
    mark(this.el, "data-kind", kind);
    mark(this.glyph, "data-kind", kind);
  }
}

/** All that may be cut off on the tile: of a live one its operator and SIM, of others the whole sentence. */
function titleOf(row) {
  if (row.live) return [objectionText(row), row.operator, row.iccid && `ICCID ${row.iccid}`].filter(Boolean).join(" · ");
  return [unmarked(row.text), wasText(row)].filter(Boolean).join(" · ");
}
