// The rack: one tile for each module, grouped by hub or pool.

import { make, mark, write } from "./dom.js";
import { layoutOf, LOW } from "./rack_layout.js";
import { say } from "./speech.js";
import { Tile } from "./tile.js";
import { kindOf } from "./verdicts.js";

// Above the rack there may be much, but it is worth scrolling past that.
const LEAST_HEIGHT = 400;

export class Rack {
  #tiles = new Map();
  #groups = new Map();
  #shows = () => true;
  #width = 0;
  #longest = "";

  /** `onOpen(name)` when someone wants to know more of a module. */
  constructor(el, onOpen) {
    this.el = el;
    el.addEventListener("click", (event) => {
      const tile = event.target.closest(".tile");
      if (tile) onOpen(tile.dataset.name);
    });
    el.addEventListener("keydown", (event) => this.#move(event));
    el.addEventListener("focusin", (event) => this.#rove(event.target.closest(".tile")));
    // Its height is what this decides.
    new ResizeObserver(() => { if (this.el.clientWidth !== this.#width) this.#arrange(); }).observe(el);
    addEventListener("resize", () => this.#arrange());
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
    if (rows.length && this.#longestOf() !== this.#longest) this.#arrange();
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
    this.#count();
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
      const isDead = !live && rows.length > 1 && rows.every((row) => kindOf(row) !== "wait");
      write(group.count, say(isDead ? "group-out" : "group-live", { live, n: rows.length }));
      group.el.classList.toggle("dead", isDead);
    }
  }

  #arrange() {
    const groups = [...this.#groups.values()];
    this.#width = this.el.clientWidth;
    this.#longest = this.#longestOf();
    if (!groups.length || !this.#width) return;
    const top = this.el.getBoundingClientRect().top + scrollY;
    const layout = layoutOf(groups.map((group) => group.names.length), this.#width, Math.max(innerHeight - top, LEAST_HEIGHT), (weight) => emsOf(this.#longest, weight, this.el), innerHeight <= LOW);
    mark(this.el, "data-density", layout.density);
    set(this.el, "--groups", layout.groups);
    set(this.el, "--number", `${layout.number}px`);
    groups.forEach((group, i) => set(group.tiles, "--columns", layout.columns[i]));
  }

  /** The longest number that any tile shows, with a 0 for each digit: all digits are of one width. */
  #longestOf() {
    let longest = "+" + "0".repeat(11);
    for (const tile of this.#tiles.values()) {
      const text = tile.digits.textContent;
      if (text.length > longest.length) longest = text.replace(/\d/g, "0");
    }
    return longest;
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

function set(el, name, value) {
  if (el.style.getPropertyValue(name) !== String(value)) el.style.setProperty(name, value);
}

const canvas = document.createElement("canvas").getContext("2d");

/** How wide a text is, in em. */
function emsOf(text, weight, el) {
  canvas.font = `${weight} 100px ${getComputedStyle(el).fontFamily}`;
  return (canvas.measureText(text).width / 100) * 1.01;
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
