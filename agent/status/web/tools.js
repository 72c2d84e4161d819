// Finding modules: search, filters by reason, and the list of modules that need attention.

import { glyph, make, mark, write } from "./dom.js";
import { say } from "./speech.js";
import { TEXTS } from "./texts.js";
import { KIND_OF_OBJECTION, KINDS, kindOf, needsAttention, objectionOf, sinceOf, labelOf } from "./verdicts.js";

const PROBLEMS_AT_MOST = 6;
const GROUP_AT_LEAST = 3;

/** Whether a name, number, ICCID, IMSI, IMEI, operator, hub or port contains what was typed; spaces in numbers do not matter. */
export function matches(row, typed) {
  const sought = typed.trim().toLowerCase();
  if (!sought) return true;
  const known = [row.name, row.number, row.iccid, row.imsi, row.imei, row.operator, row.label, row.group_label, row.group, row.was?.number, row.was?.iccid, ...row.ports];
  const tight = sought.replace(/[\s()-]/g, "");
  return known.some((text) => text && (text.toLowerCase().includes(sought) || (tight && text.toLowerCase().includes(tight))));
}

const ONLINESIM = "onlinesim:";

/** The filters that a module belongs to: its reason, and what Onlinesim objects to. */
function filtersOf(row) {
  const objection = objectionOf(row);
  return objection ? [row.reason, ONLINESIM + objection] : [row.reason];
}

function filterLabel(filter) {
  if (filter === `${ONLINESIM}doubt`) return say("claimed-twice");
  return filter.startsWith(ONLINESIM) ? say("onlinesim-says", { what: say(`objections.${filter.slice(ONLINESIM.length)}`) }) : labelOf(filter);
}

const isFilter = (filter) => Object.hasOwn(TEXTS.reasons, filter) || (filter.startsWith(ONLINESIM) && Object.hasOwn(TEXTS.objections, filter.slice(ONLINESIM.length)));

export class Tools {
  #chips = new Map();
  #reasons = new Set();

  /** `onChange()` when other modules are to be shown; `onOpen(name)` when one is chosen from the list. */
  constructor({ search, chips, problems, problemList }, onChange, onOpen) {
    Object.assign(this, { search, chips, problems, problemList, onChange, onOpen });
    search.addEventListener("input", onChange);
    search.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && search.value) { search.value = ""; onChange(); event.preventDefault(); }
    });
    document.addEventListener("keydown", (event) => {
      const isTyping = event.target.closest?.("input, dialog");
      if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) { search.focus(); event.preventDefault(); }
    });
  }

  shows(row) {
    return (!this.#reasons.size || filtersOf(row).some((filter) => this.#reasons.has(filter))) && matches(row, this.search.value);
  }

  clear() { this.set("", []); }

  /** Search for `typed`, and show only these filters; those that are none are left out. */
  set(typed, filters) {
    this.search.value = typed;
    this.#choose(filters.filter(isFilter));
  }

  /** What is typed and chosen: {q, state}. */
  get chosen() { return { q: this.search.value.trim(), state: [...this.#reasons] }; }

  update(rows) {
    this.#updateChips(rows);
    this.#updateProblems(rows);
  }

  #updateChips(rows) {
    const counts = new Map([["all", rows.length]]);
    const kinds = new Map();
    for (const row of rows) {
      counts.set(row.reason, (counts.get(row.reason) ?? 0) + 1);
      kinds.set(row.reason, kindOf(row));
      const objection = objectionOf(row);
      if (objection) {
        counts.set(ONLINESIM + objection, (counts.get(ONLINESIM + objection) ?? 0) + 1);
        kinds.set(ONLINESIM + objection, KIND_OF_OBJECTION[objection]);
      }
    }
    // A selected reason keeps its chip at zero, so that it can be deselected.
    for (const reason of this.#reasons) if (!counts.has(reason)) counts.set(reason, 0);
    const place = (reason) => (reason === "all" ? -1 : KINDS.indexOf(kinds.get(reason) ?? "idle"));
    const order = [...counts.keys()].sort((a, b) => place(a) - place(b) || counts.get(b) - counts.get(a) || (a < b ? -1 : 1));
    const chips = order.map((reason) => this.#chip(reason, counts.get(reason), kinds.get(reason) ?? "idle"));
    if (chips.some((chip, i) => this.chips.children[i] !== chip) || chips.length !== this.chips.children.length) {
      const focused = this.chips.contains(document.activeElement) ? document.activeElement : null;
      this.chips.replaceChildren(...chips);
      focused?.focus();
    }
  }

  #chip(reason, count, kind) {
    let chip = this.#chips.get(reason);
    if (!chip) {
      chip = make("button.chip", { type: "button", "data-reason": reason }, reason === "all" ? "" : glyph(kind), make("span"), make("b"));
      chip.addEventListener("click", () => this.#press(reason));
      this.#chips.set(reason, chip);
    }
    const isPressed = reason === "all" ? !this.#reasons.size : this.#reasons.has(reason);
    mark(chip, "aria-pressed", String(isPressed));
    if (reason !== "all") mark(chip.firstChild, "data-kind", kind);
    write(chip.querySelector("span"), reason === "all" ? say("all") : filterLabel(reason));
    write(chip.lastChild, String(count));
    return chip;
  }

  #press(reason) {
    if (reason === "all") return this.#choose([]);
    const chosen = new Set(this.#reasons);
    if (!chosen.delete(reason)) chosen.add(reason);
    this.#choose(chosen);
  }

  #choose(reasons) {
    this.#reasons = new Set(reasons);
    this.onChange();
  }

  #updateProblems(rows) {
    const entries = problemsOf(rows);
    const shown = entries.slice(0, PROBLEMS_AT_MOST).map((entry) => this.#problemItem(entry));
    const rest = entries.slice(PROBLEMS_AT_MOST);
    if (rest.length) {
      const more = make("button.problem-more", { type: "button" }, say("more", { n: rest.length }));
      more.addEventListener("click", () => this.#choose(rows.filter(needsAttention).map((row) => row.reason)));
      shown.push(make("li", {}, more));
    }
    this.problems.hidden = !entries.length;
    const signature = JSON.stringify([entries, say("problems")]);
    if (signature === this.signature) return;
    this.signature = signature;
    const at = [...this.problemList.querySelectorAll("button")].indexOf(document.activeElement);
    this.problemList.replaceChildren(...shown);
    if (at >= 0) this.problemList.querySelectorAll("button")[at]?.focus();
  }

  #problemItem({ kind, name, label, since, first }) {
    const button = make("button", { type: "button", "data-kind": kind }, glyph(kind), make("b", {}, name), make("span", {}, label), make("small", {}, since));
    button.addEventListener("click", () => this.onOpen(first));
    return make("li", {}, button);
  }
}

/** What needs attention, worst first. A group whose modules are all down is one entry. */
export function problemsOf(rows) {
  const groups = Map.groupBy(rows, (row) => row.group);
  const deadGroups = new Set();
  const entries = [];
  for (const [label, members] of groups) {
    if (!label || members.length < GROUP_AT_LEAST || members.some((row) => kindOf(row) !== "out")) continue;
    deadGroups.add(label);
    const reason = new Set(members.map((row) => row.reason)).size === 1 ? labelOf(members[0].reason) : "";
    entries.push({ kind: "out", name: members[0].group_label || label, label: [say("group-out", { n: members.length }), reason].filter(Boolean).join(", "), since: sinceOf(members[0]), first: members[0].name });
  }
  const single = rows.filter((row) => needsAttention(row) && !deadGroups.has(row.group));
  single.sort((a, b) => KINDS.indexOf(kindOf(a)) - KINDS.indexOf(kindOf(b)));
  for (const row of single) entries.push({ kind: kindOf(row), name: row.name, label: labelOf(row.reason), since: sinceOf(row), first: row.name });
  return entries;
}
