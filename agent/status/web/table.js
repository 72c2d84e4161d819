// The modules as a table: one line for each, sorted by any column.

import { COLUMNS } from "./columns.js";
import { copy } from "./copy.js";
import { csvOf, fileName, save, separatorOf } from "./csv.js";
import { make, mark, write } from "./dom.js";
import { Line } from "./line.js";
import { say, spoken } from "./speech.js";

const PAGE = 10;
// Columns that many banks have nothing for.
const OFTEN_EMPTY = ["label", "onlinesim"];

export class Table {
  #lines = new Map();
  #order = [];
  #shows = () => true;
  #sort = { key: "", isDown: false };
  #collator = new Intl.Collator(spoken(), { numeric: true });

  /** `onOpen(name)` when somebody wants to know more of a module, `onSort()` when the lines stand in another order, `onNote(text)` for what is to be said. */
  constructor({ list, scroll, heads, rows, count, csv }, { onOpen, onSort, onNote }) {
    Object.assign(this, { el: list, scroll, heads, body: rows, counted: count, onOpen, onSort, onNote });
    this.heads.append(...Object.keys(COLUMNS).map((key) => make(`th.list-${key}`, { scope: "col", "data-key": key }, make("button", { type: "button" }, make("span")))));
    heads.addEventListener("click", (event) => this.#press(event.target.closest("th")?.dataset.key));
    rows.addEventListener("click", (event) => this.#click(event));
    rows.addEventListener("keydown", (event) => this.#move(event));
    rows.addEventListener("focusin", (event) => this.#rove(event.target.closest("tr")));
    csv.addEventListener("click", () => save(fileName(new Date()), csvOf(this.#visible().map((line) => line.row), separatorOf(navigator.language))));
  }

  /** How it is sorted: a column's key, with "-" before it for downwards; "" for the order of the bank. */
  get sorted() { return `${this.#sort.isDown ? "-" : ""}${this.#sort.key}`; }

  set sorted(wanted) {
    const key = wanted.replace(/^-/, "");
    this.#sort = { key: Object.hasOwn(COLUMNS, key) ? key : "", isDown: wanted.startsWith("-") && Object.hasOwn(COLUMNS, key) };
    this.#arrange();
  }

  /** Build all lines anew: modules came, went, or changed their order; or the table was not shown until now. */
  build(rows) {
    const focused = this.body.contains(document.activeElement) ? document.activeElement.closest("tr").dataset.name : "";
    this.#lines = new Map(rows.map((row, place) => [row.name, new Line(row, place)]));
    this.#arrange();
    this.#leaveOut();
    this.filter(this.#shows);
    if (this.#lines.has(focused)) this.focus(focused);
    else this.#rove(this.#visible()[0]?.el);
  }

  /** Show what these rows say now. */
  update(rows) {
    for (const row of rows) {
      const line = this.#lines.get(row.name);
      const before = this.#keyOf(line);
      line.update(row);
      line.el.hidden = !this.#shows(row);
      if (this.#sort.key && this.#keyOf(line) !== before) this.#replace(line);
    }
    if (rows.length) this.#count();
    this.#leaveOut();
  }

  /** Show only the lines whose row `shows` accepts; returns how many those are. */
  filter(shows) {
    this.#shows = shows;
    for (const line of this.#lines.values()) line.el.hidden = !shows(line.row);
    return this.#count();
  }

  tick() {
    for (const line of this.#lines.values()) if (!line.row.live && line.tick() && this.#sort.key === "state") this.#replace(line);
  }

  /** Speak the chosen language. */
  reword() {
    this.#collator = new Intl.Collator(spoken(), { numeric: true });
    for (const line of this.#lines.values()) line.update(line.row);
    this.#arrange();
    this.#count();
  }

  focus(name) { this.#lines.get(name)?.link.focus(); }

  /** The name in the line `step` further, among those that are shown. */
  neighbour(name, step) {
    const names = this.#visible().map((line) => line.row.name);
    return names[(names.indexOf(name) + step + names.length) % names.length];
  }

  #visible() { return this.#order.filter((line) => !line.el.hidden); }

  #count() {
    const shown = this.#visible().length;
    write(this.counted, say("shown", { shown, n: this.#lines.size }));
    return shown;
  }

  /** Show no column in which nothing stands. */
  #leaveOut() {
    const rows = [...this.#lines.values()].map((line) => line.row);
    mark(this.el, "data-empty", OFTEN_EMPTY.filter((key) => !rows.some((row) => COLUMNS[key].text(row))).join(" "));
  }

  #keyOf(line) {
    const column = COLUMNS[this.#sort.key];
    const key = column && (column.sort ?? column.text)(line.row);
    return key === "" ? null : key ?? null;
  }

  #compare(a, b) {
    const [one, other] = [this.#keyOf(a), this.#keyOf(b)];
    const byPlace = a.place - b.place;
    // What is not known stands last, upwards and downwards.
    if (one === null || other === null) return (one === null) - (other === null) || byPlace;
    const sign = this.#sort.isDown ? -1 : 1;
    return sign * (typeof one === "number" ? one - other : this.#collator.compare(one, other)) || byPlace;
  }

  /** Put all lines in their order, and say at the head of the column how they are sorted. */
  #arrange() {
    this.#order = [...this.#lines.values()].sort((a, b) => this.#compare(a, b));
    this.body.replaceChildren(...this.#order.map((line) => line.el));
    for (const head of this.heads.children) {
      const { key } = head.dataset;
      write(head.querySelector("span"), say(`columns.${key}`));
      if (key === this.#sort.key) head.setAttribute("aria-sort", this.#sort.isDown ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  }

  /** Put one line where it belongs now; the others stay as they are. */
  #replace(line) {
    this.#order.splice(this.#order.indexOf(line), 1);
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(this.#order[middle], line) < 0) low = middle + 1;
      else high = middle;
    }
    const next = this.#order[low]?.el ?? null;
    this.#order.splice(low, 0, line);
    if (line.el.nextSibling === next) return;
    const focused = line.el.contains(document.activeElement) ? document.activeElement : null;
    this.body.insertBefore(line.el, next);
    focused?.focus();
  }

  /** Upwards, downwards, and back to the order of the bank. */
  #press(key) {
    if (!key) return;
    const { key: old, isDown } = this.#sort;
    this.sorted = key !== old ? key : isDown ? "" : `-${key}`;
    this.onSort();
  }

  #click(event) {
    const line = this.#lines.get(event.target.closest("tr")?.dataset.name);
    if (!line || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest(".copy")) return this.#copy(line);
    if (event.target.closest("a")) event.preventDefault();
    // A click on a number selects it; so does dragging over others.
    else if (event.target.closest(".list-number, .list-iccid") || !getSelection().isCollapsed) return;
    this.onOpen(line.row.name);
  }

  async #copy(line) {
    const { number } = line.row;
    const isCopied = await copy(number);
    this.onNote(say(isCopied ? "copied" : "not-copied", { number }));
    if (!isCopied) return getSelection().selectAllChildren(line.texts.get("number"));
    line.copy.dataset.done = "";
    setTimeout(() => delete line.copy.dataset.done, 1500);
  }

  // One tab stop for all lines; the arrows move between them, and to what is in one.
  #rove(el) {
    if (!el) return;
    for (const old of this.body.querySelectorAll('[tabindex="0"]')) old.tabIndex = -1;
    this.#lines.get(el.dataset.name).link.tabIndex = 0;
  }

  #move(event) {
    const line = this.#lines.get(event.target.closest("tr")?.dataset.name);
    if (!line || event.ctrlKey || event.altKey || event.metaKey) return;
    const lines = this.#visible();
    const at = lines.indexOf(line);
    const to = {
      ArrowDown: () => lines[at + 1]?.link,
      ArrowUp: () => lines[at - 1]?.link,
      PageDown: () => lines[Math.min(at + PAGE, lines.length - 1)].link,
      PageUp: () => lines[Math.max(at - PAGE, 0)].link,
      Home: () => lines[0].link,
      End: () => lines.at(-1).link,
      ArrowRight: () => line.copy,
      ArrowLeft: () => line.link,
    }[event.key];
    if (!to) return;
    event.preventDefault();
    to()?.focus();
  }
}
