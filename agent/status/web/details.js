// All that is known of one module, in a drawer.

import { glyph, make, mark, marked, write, writeMarked } from "./dom.js";
import { dateTime, milliseconds, roubles, roughly, say, spoken } from "./speech.js";
import { aged } from "./stream.js";
import { kindOf, sinceOf, labelOf, registrationOf, signalOf, wasIn } from "./verdicts.js";

const REFRESH_MS = 3000;
const PAST_MS = 30000;
const PAST_SHOWN = 50;
const PAST_FIRST = 6;

export class Details {
  #row = null;
  #timer = 0;
  #asked = 0;
  #past = [];
  #pastAt = 0;
  #opened = "";
  #isWhole = false;

  /** `neighbour(name, step)` names the module next to this one; `onShow(name)` when the drawer shows another one; `onClose(name, isOther)` when it closes: whether it was opened for another one. */
  constructor(dialog, neighbour, onShow, onClose) {
    this.dialog = dialog;
    this.onShow = onShow;
    this.part = (name) => dialog.querySelector(`#details-${name}`);
    this.part("close").addEventListener("click", () => dialog.close());
    this.part("all").addEventListener("click", () => { this.#isWhole = true; this.part("all").hidden = true; for (const li of this.part("history").children) li.hidden = false; });
    const step = (by) => { const next = this.lookup(neighbour(this.#row.name, by)); if (next) this.show(next); };
    this.part("previous").addEventListener("click", () => step(-1));
    this.part("next").addEventListener("click", () => step(1));
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft") step(-1);
      else if (event.key === "ArrowRight") step(1);
    });
    dialog.addEventListener("close", () => {
      if (dialog.open || !this.#row) return; // the event comes late: somebody may have opened it again, and closed it twice
      clearInterval(this.#timer);
      onClose(this.#row.name, this.#row.name !== this.#opened);
      this.#row = null;
    });
  }

  get isOpen() { return this.dialog.open; }

  open(row) {
    this.#opened = row.name;
    this.show(row);
    if (!this.dialog.open) this.dialog.showModal();
    clearInterval(this.#timer);
    this.#timer = setInterval(() => { this.#drawRow(); this.#ask(); }, REFRESH_MS);
  }

  close() { this.dialog.close(); }

  show(row) {
    const isOther = this.#row?.name !== row.name;
    this.#row = row;
    if (isOther) {
      this.part("answers").replaceChildren();
      this.part("history").replaceChildren();
      this.part("advice").hidden = true;
      this.part("all").hidden = true;
      this.#isWhole = false;
      this.#past = [];
      this.#pastAt = 0;
      this.part("body").scrollTop = 0;
      this.onShow(row.name);
    }
    this.#drawRow();
    this.#ask();
  }

  /** The newest rows; `lookup(name)` finds one. */
  update(lookup) {
    this.lookup = lookup;
    const row = this.#row && lookup(this.#row.name);
    if (!row || row === this.#row) return;
    const isVerdict = row.reason !== this.#row.reason;
    this.#row = row;
    this.#drawRow();
    if (isVerdict) {
      this.#pastAt = 0;
      this.#ask();
    }
  }

  reword() {
    this.#pastAt = 0;
    if (this.#row) this.show(this.#row);
  }

  /** What the store has of the module, which outlives a restart of the agent; seldom, for it costs a look at the disk. */
  async #askPast(name) {
    if (performance.now() - this.#pastAt < PAST_MS && this.#pastAt) return;
    this.#pastAt = performance.now();
    const answer = await fetch(`api/v1/history?of=${encodeURIComponent(name)}&limit=${PAST_SHOWN}&lang=${spoken()}`).catch(() => null);
    if (!answer?.ok || this.#row?.name !== name) return;
    const { changes } = await answer.json();
    this.#past = changes.reverse();
  }

  async #ask() {
    const { name } = this.#row;
    await this.#askPast(name);
    if (this.#row?.name !== name) return;
    const turn = ++this.#asked;
    const answer = await fetch(`api/v1/modules/${encodeURIComponent(name)}?lang=${spoken()}`).catch(() => null);
    if (!answer?.ok) return;
    const body = await answer.json();
    // A slow answer must not be shown under another module's name.
    if (turn === this.#asked && this.#row?.name === name) this.#drawMore(body);
  }

  #drawRow() {
    const row = this.#row;
    const kind = kindOf(row);
    write(this.part("name"), row.name);
    const verdict = this.part("verdict");
    mark(verdict, "data-kind", kind);
    mark(verdict.querySelector(".glyph"), "data-kind", kind);
    writeMarked(verdict.querySelector("span"), row.live ? labelOf("live") : row.text);
    write(verdict.querySelector("small"), sinceOf(row));
    this.part("facts").replaceChildren(...listed(factsOf(row)));
    this.part("more").replaceChildren(...listed(moreOf(row)));
  }

  #drawAdvice(text, section) {
    const el = this.part("advice");
    el.hidden = !text;
    mark(el, "data-kind", kindOf(this.#row));
    writeMarked(el.querySelector("p"), text);
    const link = el.querySelector("a");
    link.hidden = !section;
    link.href = `static/troubleshooting${spoken() === "en" ? "" : `.${spoken()}`}.html#${section}`;
  }

  #drawMore({ advice, advice_section, answers, verdicts }) {
    this.#drawAdvice(advice, advice_section);
    const newest = answers.toSorted((one, other) => one.age_s - other.age_s);
    const items = newest.map(({ age_s, command, lines, took_s }) => make("li", {},
      make("header", {}, make("code", {}, command), make("small", {}, `${milliseconds(took_s)} · ${say("ago", { t: roughly(age_s) })}`)),
      make("pre", {}, lines.join("\n"))));
    this.part("answers").replaceChildren(...(items.length ? items : [make("li.none", {}, say("no-answers"))]));
    const shown = this.#past.length ? this.#past : verdicts;
    const past = shown.map(({ at, reason, text, number }, i) => {
      const kind = kindOf({ reason, since_s: 0, at: performance.now() });
      return make("li", { "data-kind": kind, ...(i >= PAST_FIRST && !this.#isWhole ? { hidden: "" } : {}) }, glyph(kind),
        make("time", {}, dateTime(at)), marked("span", reason === "live" ? labelOf("live") : text), make("small", {}, number ?? ""));
    });
    this.part("all").hidden = this.#isWhole || past.length <= PAST_FIRST;
    this.part("history").replaceChildren(...(past.length ? past : [make("li.none", {}, say("no-history"))]));
  }
}

/** What Onlinesim says of the number, as one line. */
function onlinesimOf(row) {
  const numberAnswer = row.onlinesim;
  const parts = [numberAnswer.detail || say(`onlinesim.${numberAnswer.status}`)];
  if (numberAnswer.banned) parts.push(say("objections.banned"));
  if (numberAnswer.failed) parts.push(say("failed-operations", { n: numberAnswer.failed }));
  parts.push(say("ago", { t: roughly(aged(numberAnswer.checked_s, row.at)) }));
  return parts.join(" · ");
}

const listed = (facts) => facts.filter(([, value]) => value).map(([key, value]) => make("div", { "data-fact": key }, make("dt", {}, say(`fields.${key}`)), make("dd", {}, value)));

/** What people look for first. What was is named so, and stands where what is would stand. */
function factsOf(row) {
  const seen = aged(row.seen_s, row.at);
  const past = wasIn(row);
  return [
    ["number", row.number],
    ["was_number", past && past.number],
    ["was_iccid", past && past.iccid],
    ["was_until", past && say("ago", { t: roughly(aged(past.until_s, row.at)) })],
    ["was_now_in", past && past.now_in],
    ["doubt", row.doubt?.text],
    ["onlinesim", row.onlinesim && onlinesimOf(row)],
    ["banned_services", row.onlinesim?.banned_services?.join(", ")],
    ["income", row.onlinesim && row.onlinesim.income !== null ? roubles(row.onlinesim.income) : null],
    ["operator", row.operator],
    ["registration", registrationOf(row)],
    ["signal", signalOf(row)],
    ["iccid", row.iccid],
    ["seen", seen === null ? say("never") : say("ago", { t: roughly(seen) })],
  ];
}

function moreOf(row) {
  const client = row.client && say("client", { t: roughly(aged(row.client.since_s, row.at)), ms: milliseconds(row.client.waited_s), us: milliseconds(row.client.question_waited_s) });
  return [
    ["source", row.number && row.source && say(`sources.${row.source}`)],
    ["imsi", row.imsi],
    ["imei", row.imei],
    ["model", row.model],
    ["driver", row.driver],
    ["label", row.label],
    ["group", [row.group_label, row.group].filter(Boolean).join(" · ")],
    ["ports", row.ports.join(", ")],
    ["restarts", row.restarts ? String(row.restarts) : null],
    ["client", client],
  ];
}
