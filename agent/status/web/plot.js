// The last 24 hours as a plot and as a table.

import { make, write } from "./dom.js";
import { clockTime, say } from "./speech.js";

const SVG = "http://www.w3.org/2000/svg";
const DAY_S = 86400;
const HEIGHT = 150;
const AXIS = 16;
const STRIP = 14;
const LEFT = 26;

function draw(tag, attributes, text) {
  const el = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
  if (text !== undefined) el.textContent = text;
  return el;
}

export class Plot {
  #day = null;

  constructor({ el, sum, rows }) {
    Object.assign(this, { el, sum, rows });
    this.tip = make("div.plot-tip", { hidden: "" });
    new ResizeObserver(() => this.#draw()).observe(el);
    el.addEventListener("pointermove", (event) => this.#point(event));
    el.addEventListener("pointerleave", () => this.#unpoint());
  }

  async refresh() {
    const answer = await fetch("api/v1/minutes").catch(() => null);
    if (!answer?.ok) return;
    this.#day = await answer.json();
    this.reword();
  }

  reword() {
    if (!this.#day) return;
    this.#draw();
    this.#tabulate();
  }

  get #scale() {
    const { now, cap, live } = this.#day;
    const width = Math.max(200, this.el.clientWidth);
    const top = Math.max(1, ...cap, ...live) * 1.08;
    const floor = HEIGHT - AXIS - STRIP;
    return {
      width, floor, top,
      x: (at) => LEFT + ((at - now + DAY_S) / DAY_S) * (width - LEFT - 2),
      y: (n) => floor - (n / top) * (floor - 6),
    };
  }

  #draw() {
    if (!this.#day) return;
    const day = this.#day;
    const scale = this.#scale;
    const svg = draw("svg", { viewBox: `0 0 ${scale.width} ${HEIGHT}`, width: scale.width, height: HEIGHT, role: "img" });
    this.#drawGrid(svg, scale);
    for (const run of runsOf(day)) this.#drawRun(svg, scale, run);
    this.#drawReports(svg, scale);
    this.cursor = draw("line", { class: "plot-cursor", y1: 4, y2: HEIGHT - AXIS, visibility: "hidden" });
    svg.append(this.cursor);
    svg.setAttribute("aria-label", this.#summary("plot-label"));
    write(this.sum, this.#summary("day-sum"));
    this.el.replaceChildren(svg, this.tip);
  }

  #summary(key) {
    const { at, live, lowest, cap } = this.#day;
    if (!at.length) return say("plot-empty");
    const low = Math.min(...lowest);
    return say(key, { low, at: clockTime(at[lowest.lastIndexOf(low)]), live: live.at(-1), cap: cap.at(-1) });
  }

  #drawGrid(svg, { width, floor, top, x, y }) {
    const { now } = this.#day;
    const step = niceStep(top);
    for (let n = 0; n <= top; n += step) {
      svg.append(draw("line", { class: "plot-grid", x1: LEFT, x2: width, y1: y(n), y2: y(n) }));
      svg.append(draw("text", { class: "plot-label", x: LEFT - 5, y: y(n) + 3.5, "text-anchor": "end" }, String(n)));
    }
    const every = 6;
    const first = new Date((now - DAY_S) * 1000);
    first.setMinutes(0, 0, 0);
    first.setHours(Math.ceil((first.getHours() + 1) / every) * every);
    for (let at = first / 1000; at <= now; at += every * 3600) {
      svg.append(draw("line", { class: "plot-grid", x1: x(at), x2: x(at), y1: 4, y2: floor }));
      svg.append(draw("text", { class: "plot-label", x: x(at), y: HEIGHT - 4, "text-anchor": "middle" }, clockTime(at)));
    }
  }

  #drawRun(svg, { floor, x, y }, run) {
    const end = (i) => x(run.at[i] + this.#day.step_s);
    const steps = (series) => series.map((n, i) => `${x(run.at[i]).toFixed(1)},${y(n).toFixed(1)} ${end(i).toFixed(1)},${y(n).toFixed(1)}`).join(" ");
    const last = run.at.length - 1;
    const area = `${x(run.at[0])},${floor} ${steps(run.lowest)} ${end(last)},${floor}`;
    svg.append(draw("polygon", { class: "plot-area", points: area }));
    svg.append(draw("polyline", { class: "plot-cap", points: steps(run.cap) }));
    svg.append(draw("polyline", { class: "plot-live", points: steps(run.live) }));
  }

  // A strip with the outcomes of reports. Failures are drawn last and taller, so that no success hides them.
  #drawReports(svg, { floor, x }) {
    const { at, accepted, refused, failed } = this.#day;
    const top = floor + 4;
    const good = at.flatMap((t, i) => (accepted[i] ? [`M${x(t + 30).toFixed(1)} ${top + 3}v${STRIP - 8}`] : []));
    svg.append(draw("path", { class: "plot-accepted", d: good.join("") }));
    at.forEach((t, i) => {
      if (!refused[i] && !failed[i]) return;
      const middle = x(t + 30);
      svg.append(draw("path", { class: refused[i] ? "plot-refused" : "plot-failed", d: `M${middle - 4} ${top - 3}h8l-4 8z` }));
    });
  }

  #point(event) {
    if (!this.#day?.at.length) return;
    const { x, width } = this.#scale;
    const left = event.clientX - this.el.getBoundingClientRect().left;
    const distance = (i) => Math.abs(x(this.#day.at[i] + 30) - left);
    const i = this.#day.at.reduce((best, _, j) => (distance(j) < distance(best) ? j : best), 0);
    const { at, live, lowest, cap, accepted, refused, failed } = this.#day;
    const parts = [`${clockTime(at[i])}  ${lowest[i] === live[i] ? live[i] : `${lowest[i]}–${live[i]}`}/${cap[i]}`];
    for (const [outcome, series] of Object.entries({ accepted, refused, failed })) if (series[i]) parts.push(`${say(`outcomes.${outcome}`)} ${series[i]}`);
    write(this.tip, parts.join(" · "));
    this.tip.hidden = false;
    const half = this.tip.offsetWidth / 2;
    this.tip.style.left = `${Math.min(Math.max(x(at[i]), half), width - half)}px`;
    this.cursor.setAttribute("x1", x(at[i] + 30));
    this.cursor.setAttribute("x2", x(at[i] + 30));
    this.cursor.setAttribute("visibility", "visible");
  }

  #unpoint() {
    this.tip.hidden = true;
    this.cursor?.setAttribute("visibility", "hidden");
  }

  #tabulate() {
    const { at, live, lowest, cap, accepted, refused, failed } = this.#day;
    const hours = Map.groupBy(at.keys(), (i) => Math.floor(at[i] / 3600) * 3600);
    const total = (series, is) => is.reduce((sum, i) => sum + series[i], 0);
    const rows = [...hours].reverse().map(([hour, is]) => {
      const low = Math.min(...is.map((i) => lowest[i])), high = Math.max(...is.map((i) => live[i]));
      const cells = [low === high ? low : `${low}–${high}`, cap[is.at(-1)], total(accepted, is), total(refused, is) + total(failed, is)];
      return make("tr", {}, make("th", { scope: "row" }, clockTime(hour)), ...cells.map((cell) => make("td", {}, String(cell))));
    });
    this.rows.replaceChildren(...rows);
  }
}

/** Cut the series where minutes are missing: the agent did not run then. */
function runsOf({ at, live, lowest, cap, step_s }) {
  const runs = [];
  at.forEach((t, i) => {
    if (!i || t - at[i - 1] > 3 * step_s) runs.push({ at: [], live: [], lowest: [], cap: [] });
    const run = runs.at(-1);
    run.at.push(t); run.live.push(live[i]); run.lowest.push(lowest[i]); run.cap.push(cap[i]);
  });
  return runs;
}

function niceStep(top) {
  const rough = top / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  return Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough));
}
