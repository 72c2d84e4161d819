// How many SIMs were live in the last hour, 24 hours, 7 or 30 days, as a plot and as a table.

import { write } from "./dom.js";
import { keep, kept } from "./kept.js";
import { countTicks, runsOf, spanOf, timeTicks } from "./plot_axis.js";
import { isByDay, tableRows } from "./plot_table.js";
import { clockTime, dayOf, say } from "./speech.js";

const SVG = "http://www.w3.org/2000/svg";
const RANGES = ["1h", "24h", "7d", "30d"];
export const USUAL = "24h";
const HEIGHT = 156;
const AXIS = 16;
const STRIP = 14;
const LEFT = 26;
const LABEL = 58;
const DAY_S = 86400;

function draw(tag, attributes, text) {
  const el = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
  if (text !== undefined) el.textContent = text;
  return el;
}

/** The first of these that is a range. */
const rangeOf = (...wanted) => wanted.find((range) => RANGES.includes(range)) ?? USUAL;

export class Plot {
  #day = null;
  #range = rangeOf(kept("range"));
  #askedAt = -Infinity;

  /** `sum` tells the minimum, or what is under the pointer: so nothing covers the plot. */
  constructor({ el, sum, rows, ranges, rowHead }, onRange) {
    Object.assign(this, { el, sum, rows, ranges, rowHead, onRange });
    new ResizeObserver(() => this.#draw()).observe(el);
    for (const kind of ["pointermove", "pointerdown"]) el.addEventListener(kind, (event) => this.#point(event));
    el.addEventListener("pointerleave", () => this.#unpoint());
    for (const button of ranges.querySelectorAll("button")) button.addEventListener("click", () => this.#choose(button.dataset.range));
    this.#mark();
  }

  #choose(range) {
    keep("range", range);
    this.range = range;
    this.onRange();
  }

  get range() { return this.#range; }

  /** Show this range, else the one that was chosen last. */
  set range(wanted) {
    const range = rangeOf(wanted, kept("range"));
    if (range === this.#range) return;
    this.#range = range;
    this.#mark();
    this.refresh();
  }

  #mark() {
    for (const button of this.ranges.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.range === this.#range));
  }

  /** Ask anew if enough time has passed: twice a minute, of long ranges more seldom, of the first minutes more often. */
  tick() {
    const step = this.#day?.step_s ?? 60;
    const isYoung = this.#day && this.#day.now - (this.#day.at[0] ?? this.#day.now) < 300;
    const every = isYoung ? 9 : step > 60 ? step / 5 : 29;
    if (performance.now() - this.#askedAt >= every * 1000) this.refresh();
  }

  async refresh() {
    const range = this.#range;
    this.#askedAt = performance.now();
    const answer = await fetch(`api/v1/minutes?range=${range}`).catch(() => null);
    if (!answer?.ok || range !== this.#range) return;
    this.#day = { ...(await answer.json()), range };
    this.reword();
  }

  reword() {
    if (!this.#day) return;
    this.#draw();
    write(this.rowHead, say(isByDay(this.#day.range) ? "day" : "time"));
    this.rows.replaceChildren(...tableRows(this.#day, this.#day.range));
  }

  get #scale() {
    const { cap, highest } = this.#day;
    const { from, to } = spanOf(this.#day);
    const width = Math.max(200, this.el.clientWidth);
    const top = Math.max(1, ...cap, ...highest) * 1.08;
    const floor = HEIGHT - AXIS - STRIP;
    return {
      width, floor, top, from, to,
      x: (at) => LEFT + ((Math.min(Math.max(at, from), to) - from) / (to - from)) * (width - LEFT - 2),
      y: (n) => floor - (n / top) * (floor - 6),
    };
  }

  #draw() {
    if (!this.#day) return;
    const day = this.#day;
    this.el.classList.toggle("empty", !day.at.length);
    if (!day.at.length) {
      this.el.replaceChildren();
      return this.#unpoint();
    }
    const scale = this.#scale;
    const svg = draw("svg", { viewBox: `0 0 ${scale.width} ${HEIGHT}`, width: scale.width, height: HEIGHT, role: "img" });
    this.#drawGrid(svg, scale);
    for (const run of runsOf(day)) this.#drawRun(svg, scale, run);
    this.#drawReports(svg, scale);
    this.cursor = draw("line", { class: "plot-cursor", y1: 4, y2: HEIGHT - AXIS, visibility: "hidden" });
    svg.append(this.cursor);
    svg.setAttribute("aria-label", `${say(`ranges.${day.range}`)}: ${this.#summary()}`);
    this.el.replaceChildren(svg);
    this.#unpoint();
  }

  #summary() {
    const { at, lowest, highest, cap, live } = this.#day;
    if (!at.length) return say("plot-empty");
    const low = Math.min(...lowest);
    if (low === Math.max(...highest)) return say("plot-steady", { n: low, cap: cap.at(-1) });
    return say("plot-sum", { low, at: this.#timeOf(at[lowest.lastIndexOf(low)]), live: live.at(-1), cap: cap.at(-1) });
  }

  /** A time as the range tells it: with its day where that is not clear. */
  #timeOf(at) {
    return isByDay(this.#day.range) ? `${dayOf(at)} ${clockTime(at)}` : clockTime(at);
  }

  #drawGrid(svg, { width, floor, top, from, to, x, y }) {
    for (const n of countTicks(top, this.#day.cap.at(-1))) {
      svg.append(draw("line", { class: "plot-grid", x1: LEFT, x2: width, y1: y(n), y2: y(n) }));
      svg.append(draw("text", { class: "plot-label", x: LEFT - 5, y: y(n) + 3.5, "text-anchor": "end" }, String(n)));
    }
    const { step, ticks } = timeTicks(from, to, (width - LEFT) / LABEL);
    for (const at of ticks) {
      const isDay = to - from > 2 * DAY_S || (step < DAY_S && to - from > DAY_S / 2 && new Date(at * 1000).getHours() === 0);
      const label = draw("text", { class: "plot-label", y: HEIGHT - 4, "text-anchor": "middle" }, isDay ? dayOf(at) : clockTime(at));
      const half = label.textContent.length * 3.1;
      svg.append(draw("line", { class: "plot-grid", x1: x(at), x2: x(at), y1: 4, y2: floor }));
      label.setAttribute("x", Math.min(Math.max(x(at), half), width - half));
      svg.append(label);
    }
  }

  #drawRun(svg, { floor, to, x, y }, run) {
    const end = (i) => x(Math.min(run.at[i] + this.#day.step_s, to));
    const steps = (series, from = 0) => series.map((n, i) => `${x(run.at[i]).toFixed(1)},${y(n).toFixed(1)} ${end(i).toFixed(1)},${y(n).toFixed(1)}`).slice(from);
    const last = run.at.length - 1;
    const lowest = steps(run.lowest).join(" ");
    const back = steps(run.lowest).map((pair) => pair.split(" ").reverse().join(" ")).reverse().join(" ");
    svg.append(draw("polygon", { class: "plot-area", points: `${x(run.at[0])},${floor} ${lowest} ${end(last)},${floor}` }));
    svg.append(draw("polygon", { class: "plot-band", points: `${steps(run.highest).join(" ")} ${back}` }));
    svg.append(draw("polyline", { class: "plot-live", points: steps(run.live).join(" ") }));
    // Above the line of the live ones, which it often coincides with.
    svg.append(draw("polyline", { class: "plot-cap", points: steps(run.cap).join(" ") }));
  }

  // A strip with the outcomes of reports. Failures are drawn last and taller, so that no success hides them.
  #drawReports(svg, { floor, x }) {
    const { at, accepted, refused, failed, step_s } = this.#day;
    const top = floor + 4;
    const good = at.flatMap((t, i) => (accepted[i] ? [`M${x(t + step_s / 2).toFixed(1)} ${top + 3}v${STRIP - 8}`] : []));
    svg.append(draw("path", { class: "plot-accepted", d: good.join("") }));
    at.forEach((t, i) => {
      if (!refused[i] && !failed[i]) return;
      const middle = x(t + step_s / 2);
      svg.append(draw("path", { class: refused[i] ? "plot-refused" : "plot-failed", d: `M${middle - 4} ${top - 3}h8l-4 8z` }));
    });
  }

  #point(event) {
    if (!this.#day?.at.length) return;
    const { x } = this.#scale;
    const { at, lowest, highest, cap, accepted, refused, failed, step_s } = this.#day;
    const left = event.clientX - this.el.getBoundingClientRect().left;
    const distance = (i) => Math.abs(x(at[i] + step_s / 2) - left);
    const i = at.reduce((best, _, j) => (distance(j) < distance(best) ? j : best), 0);
    const when = step_s === 60 ? this.#timeOf(at[i]) : `${this.#timeOf(at[i])}–${clockTime(at[i] + step_s)}`;
    const range = lowest[i] === highest[i] ? String(lowest[i]) : `${lowest[i]}–${highest[i]}`;
    const parts = [say("plot-reading", { at: when, range, cap: cap[i] })];
    for (const [outcome, series] of Object.entries({ accepted, refused, failed })) if (series[i]) parts.push(`${say(`outcomes.${outcome}`)} ${series[i]}`);
    write(this.sum, parts.join(" · "));
    this.cursor.setAttribute("x1", x(at[i] + step_s / 2));
    this.cursor.setAttribute("x2", x(at[i] + step_s / 2));
    this.cursor.setAttribute("visibility", "visible");
  }

  #unpoint() {
    if (this.#day) write(this.sum, this.#summary());
    this.cursor?.setAttribute("visibility", "hidden");
  }
}
