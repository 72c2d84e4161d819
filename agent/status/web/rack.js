// The rack: one tile for each module, grouped by hub or pool.

import { glyph, make, mark, write } from "./dom.js";
import { say } from "./speech.js";
import { barsOf, kindOf, objectionOf, objectionText, sinceOf, labelOf, unseenOf } from "./verdicts.js";

class Tile {
  constructor(row) {
    this.glyph = glyph("idle");
    this.name = make("span.tile-name");
    this.bars = make("span.bars", {}, make("i"), make("i"), make("i"), make("i"));
    this.number = make("span.tile-number");
    this.reason = make("span.tile-reason");
    this.side = make("span.tile-side");
    this.sim = make("span.tile-sim");
    this.unseen = make("span.unseen");
    this.el = make("button.tile", { type: "button", "data-name": row.name, tabindex: "-1" },
      this.name, this.bars, this.number, this.sim, this.glyph, this.reason, this.side, this.unseen);
    this.el.addEventListener("animationend", () => this.el.classList.remove("flash"));
    this.update(row, false);
  }

  update(row, isChange) {
    const kind = kindOf(row);
    if (isChange && this.row.reason !== row.reason) this.el.classList.add("flash");
    this.row = row;
    mark(this.el, "data-kind", kind);
    mark(this.el, "data-reason", row.reason);
    write(this.unseen, unseenOf(row));
    const objection = objectionOf(row);
    mark(this.el, "title", row.live ? objectionText(row) : row.text);
    mark(this.glyph, "data-kind", kind);
    mark(this.bars, "data-level", String(barsOf(row) ?? "none"));
    write(this.name, row.label ? `${row.name} ${row.label}` : row.name);
    write(this.number, row.number ?? "—");
    this.number.style.setProperty("--digits", row.number?.length ?? 1);
    write(this.sim, row.iccid ?? "—");
    mark(this.el, "data-onlinesim", objection ?? "");
    write(this.reason, objection ? say(`objections.${objection}`, { where: row.doubt?.where }) : row.live ? row.operator ?? labelOf("live") : labelOf(row.reason));
    this.tick();
  }

  tick() {
    const tail = this.row.iccid ? `·${this.row.iccid.slice(-4)}` : "";
    write(this.side, this.row.live ? tail : sinceOf(this.row));
    mark(this.el, "data-kind", kindOf(this.row));
  }
}

export class Rack {
  #tiles = new Map();
  #groups = new Map();
  #shows = () => true;

  /** `onOpen(name)` when someone wants to know more of a module. */
  constructor(el, onOpen) {
    this.el = el;
    el.addEventListener("click", (event) => {
      const tile = event.target.closest(".tile");
      if (tile) onOpen(tile.dataset.name);
    });
    el.addEventListener("keydown", (event) => this.#move(event));
    el.addEventListener("focusin", (event) => this.#rove(event.target.closest(".tile")));
    new ResizeObserver(() => this.#arrange()).observe(el);
  }

  /** Build all tiles anew: modules came, went, or changed their order. */
  build(rows) {
    const focused = document.activeElement?.dataset?.name;
    this.#tiles = new Map(rows.map((row) => [row.name, new Tile(row)]));
    this.#groups = new Map();
    for (const row of rows) {
      if (!this.#groups.has(row.group)) this.#groups.set(row.group, this.#makeGroup(row.group_label || row.group));
      const group = this.#groups.get(row.group);
      group.names.push(row.name);
      group.tiles.append(this.#tiles.get(row.name).el);
    }
    this.el.dataset.density = rows.length <= 16 ? "roomy" : rows.length <= 128 ? "regular" : "compact";
    this.el.replaceChildren(...[...this.#groups.values()].map((group) => group.el));
    this.filter(this.#shows);
    if (focused && this.#tiles.has(focused)) this.focus(focused);
    else this.#rove(this.#visible()[0]);
    this.#count();
    this.#arrange();
  }

  /** Show what these rows say now. */
  update(rows) {
    for (const row of rows) {
      const tile = this.#tiles.get(row.name);
      tile.update(row, true);
      tile.el.hidden = !this.#shows(row);
    }
    if (rows.length) this.#count();
  }

  /** Show only the tiles whose row `shows` accepts; returns how many those are. */
  filter(shows) {
    this.#shows = shows;
    let shown = 0;
    for (const tile of this.#tiles.values()) {
      tile.el.hidden = !shows(tile.row);
      shown += !tile.el.hidden;
    }
    for (const group of this.#groups.values()) group.el.hidden = group.names.every((name) => this.#tiles.get(name).el.hidden);
    return shown;
  }

  tick() {
    for (const tile of this.#tiles.values()) if (!tile.row.live) tile.tick();
  }

  /** Speak the chosen language. */
  reword() {
    for (const tile of this.#tiles.values()) tile.update(tile.row, false);
    this.#count();
  }

  focus(name) { this.#tiles.get(name)?.el.focus(); }

  /** The name of the tile `step` places further, among those that are shown. */
  neighbour(name, step) {
    const names = this.#visible().map((el) => el.dataset.name);
    return names[(names.indexOf(name) + step + names.length) % names.length];
  }

  #makeGroup(label) {
    const title = make("h3", {}, label);
    const count = make("span.group-count");
    const tiles = make("div.tiles");
    const el = make("section.group", { role: "group", "aria-label": label || say("rack") }, make("header", {}, title, count), tiles);
    el.classList.toggle("unnamed", !label);
    return { el, count, tiles, names: [] };
  }

  #count() {
    for (const group of this.#groups.values()) {
      const rows = group.names.map((name) => this.#tiles.get(name).row);
      const live = rows.filter((row) => row.live).length;
      write(group.count, live || rows.length < 2 ? say("group-live", { live, n: rows.length }) : say("group-out", { n: rows.length }));
      group.el.classList.toggle("dead", !live && rows.length > 1);
    }
  }

  // As many columns as fit, but then no more than the same number of rows needs.
  #arrange() {
    for (const group of this.#groups.values()) {
      const style = getComputedStyle(group.tiles);
      const gap = parseFloat(style.columnGap);
      const fitting = Math.max(1, Math.floor((group.tiles.clientWidth + gap) / (parseFloat(style.getPropertyValue("--tile")) + gap)));
      const lines = Math.ceil(group.names.length / fitting);
      group.tiles.style.setProperty("--columns", Math.ceil(group.names.length / lines));
    }
  }

  #visible() { return [...this.el.querySelectorAll(".tile:not([hidden])")]; }

  // One tab stop for the whole rack; the arrows move inside it.
  #rove(tile) {
    if (!tile) return;
    for (const old of this.el.querySelectorAll('.tile[tabindex="0"]')) old.tabIndex = -1;
    tile.tabIndex = 0;
  }

  #move(event) {
    const from = event.target.closest(".tile");
    if (!from || event.ctrlKey || event.altKey || event.metaKey) return;
    const tiles = this.#visible();
    const at = tiles.indexOf(from);
    const to = {
      ArrowRight: () => tiles[at + 1],
      ArrowLeft: () => tiles[at - 1],
      ArrowDown: () => nearest(from, tiles, 1),
      ArrowUp: () => nearest(from, tiles, -1),
      Home: () => tiles[0],
      End: () => tiles.at(-1),
    }[event.key];
    if (!to) return;
    event.preventDefault();
    to()?.focus();
  }
}

/** The tile in the next row of the wall, below (1) or above (-1), that stands nearest. */
function nearest(from, tiles, direction) {
  const box = from.getBoundingClientRect();
  let best = null, bestCost = Infinity;
  for (const tile of tiles) {
    const other = tile.getBoundingClientRect();
    const down = (other.top - box.top) * direction;
    if (down < 4) continue;
    const cost = down * 4 + Math.abs(other.left - box.left);
    if (cost < bestCost) [best, bestCost] = [tile, cost];
  }
  return best;
}
