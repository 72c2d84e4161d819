// The top of the page: how many SIMs are live, whether Onlinesim knows, and its last answer.

import { glyph, make, mark, marked, write } from "./dom.js";
import { clockTime, milliseconds, roubles, roughly, say, sayAll, stopwatch } from "./speech.js";
import { aged } from "./stream.js";

// Warn in the last half minute of the five.
const LATE_S = 300;
const WARN_S = 270;
const KIND_OF_BANNER = { refused: "out", late: "out", replaced: "out", failed: "sim", lost: "out", sandbox: "idle", test: "idle", starting: "wait", notice: "sim", fleet_out: "out", fleet: "sim", fleet_wait: "wait" };
const KIND_OF_OUTCOME = { accepted: "live", refused: "out", failed: "sim", tested: "idle" };
const KIND_OF_STATE = { selling: "live", nothing: "sim", stopped: "out", test_mode: "idle", starting: "wait", unknown: "out" };
const REPORTS_AT_MOST = 8;

export class Headline {
  #state = null;
  #lostAt = null;

  constructor(part) {
    this.part = part;
  }

  update(state) {
    this.#state = state;
    const { part } = this;
    write(part("modules"), String(state.modules.size));
    write(part("missed"), state.missed_windows ? say("missed", { n: state.missed_windows }) : "");
    write(part("alerts"), alertsText(state.alerts));
    this.#drawNumbers();
    this.#drawBanners();
    this.#drawReports();
    this.tick();
  }

  /** What Onlinesim says of the numbers, summed up; hidden where it was asked about none. */
  #drawNumbers() {
    const numbers = [...this.#state.modules.values()].map((row) => row.onlinesim).filter(Boolean);
    const fact = this.part("numbers");
    fact.parentElement.hidden = !numbers.length;
    const working = numbers.filter((numberAnswer) => numberAnswer.status === "working" && !numberAnswer.banned).length;
    const income = numbers.reduce((sum, numberAnswer) => sum + (numberAnswer.income ?? 0), 0);
    write(fact, say("numbers-working", { working, n: numbers.length, sum: roubles(income) }));
  }

  /** `lostAt`: time of day of the last event if the connection is lost, else null. */
  connection(lostAt) {
    this.#lostAt = lostAt;
    this.#drawBanners();
    this.tick();
  }

  tick() {
    this.#drawState();
    const state = this.#state;
    if (!state) return;
    const isLost = this.#lostAt !== null;
    write(this.part("live"), isLost ? "–" : String(state.live));
    write(this.part("cap"), String(state.cap));
    write(this.part("agent"), say("agent", { version: state.agent.version, up: roughly(aged(state.agent.uptime_s, state.at)) }));
    this.#drawAnswer(isLost);
    if (isLost) return this.#drawStopped();
    const age = aged(state.accepted_s, state.at);
    write(this.part("accepted"), age === null ? say("never") : say("ago", { t: stopwatch(age) }));
    const worry = age === null || state.agent.sandbox ? "" : age >= LATE_S ? "late" : age >= WARN_S ? "soon" : "";
    mark(this.part("accepted"), "data-worry", worry);
    const due = state.next_heartbeat_s === null ? null : state.next_heartbeat_s - (performance.now() - state.at) / 1000;
    write(this.part("next"), due === null ? say("waits") : due < 1 ? say("due") : stopwatch(due));
  }

  /** What is known without the agent: when it was that something was accepted, and nothing that goes on. */
  #drawStopped() {
    const age = aged(this.#state.accepted_s, this.#state.at);
    write(this.part("accepted"), age === null ? "–" : clockTime(this.#state.wallAt / 1000 - age, true));
    mark(this.part("accepted"), "data-worry", "");
    write(this.part("next"), "–");
  }

  #drawAnswer(isLost) {
    const other = whoReports(this.#state);
    const last = other ? null : this.#state.last_report;
    const said = other ?? (last === null ? say("no-answer") : last.message || say(`outcomes.${last.outcome}`));
    write(this.part("answer"), isLost ? "–" : said);
    mark(this.part("answer"), "title", (!isLost && last?.message) || "");
    mark(this.part("answer"), "data-kind", isLost || last === null ? "wait" : KIND_OF_OUTCOME[last.outcome]);
  }

  #drawState() {
    const name = this.#lostAt !== null || !this.#state ? "unknown" : stateOf(this.#state);
    const isWaiting = !this.#state && this.#lostAt === null;
    const el = this.part("state");
    mark(el, "data-state", name);
    mark(el, "data-kind", isWaiting ? "wait" : KIND_OF_STATE[name]);
    mark(el.querySelector(".glyph"), "data-kind", isWaiting ? "wait" : KIND_OF_STATE[name]);
    write(this.part("state-label"), isWaiting ? "…" : say(`states.${name}`));
    const count = this.#state && this.#lostAt === null ? `${this.#state.live}/${this.#state.cap} · ` : "";
    const alarm = ["stopped", "unknown"].includes(name) && !isWaiting ? "⚠ " : "";
    const title = `${alarm}${count}simbank`;
    if (document.title !== title) document.title = title;
  }

  #drawBanners() {
    const found = [...(this.#state?.banners ?? [])];
    if (this.#lostAt !== null) found.unshift({ kind: "lost", text: "" });
    const signature = JSON.stringify([found, this.#lostAt, document.documentElement.lang]);
    if (signature === this.signature) return;
    this.signature = signature;
    this.part("banners").replaceChildren(...found.map(({ kind, text: detail }) => {
      const [title, text] = sayAll(`banners.${kind}`, { detail, at: this.#lostAt });
      return make("p.banner", { "data-banner": kind, "data-kind": KIND_OF_BANNER[kind] }, glyph(KIND_OF_BANNER[kind]), make("strong", {}, title), marked("span", text));
    }));
  }

  #drawReports() {
    const reports = this.#state.reports.slice(0, REPORTS_AT_MOST);
    const items = reports.map(({ at, outcome, numbers, message, took_s }) => make("li", { "data-outcome": outcome, title: message },
      glyph(KIND_OF_OUTCOME[outcome]),
      make("time", {}, clockTime(at, true)),
      make("span", {}, say("numbers", { n: numbers })),
      make("span.report-message", {}, outcome === "accepted" ? "" : message || say(`outcomes.${outcome}`)),
      make("small", {}, milliseconds(took_s))));
    const other = whoReports(this.#state);
    if (other) items.unshift(make("li.other", {}, other));
    this.part("reports").replaceChildren(...(items.length ? items : [make("li.none", {}, say("no-reports"))]));
  }
}

/** Who reports instead of this host, as a sentence; null where this one does. */
function whoReports(state) {
  const { fleet } = state;
  if (!fleet || fleet.state === "leader") return null;
  return fleet.leader ? say("fleet-reports", { host: fleet.leader }) : say("fleet-reports-nobody");
}

/** Whether somebody is told when something is wrong, when that was last, and which services take no messages. */
function alertsText(alerts) {
  if (!alerts.on) return say(alerts.heartbeat_url ? "alerts-url-only" : "alerts-off");
  const last = Math.max(0, ...alerts.services.map((service) => service.sent_at ?? 0));
  const failing = alerts.services.filter((service) => service.failed_at !== null).map((service) => service.name);
  return [
    say("alerts-on", { n: alerts.services.length }),
    last ? say("alerts-sent", { at: clockTime(last) }) : say("alerts-none"),
    failing.length ? say("alerts-failing", { names: failing.join(", ") }) : "",
  ].filter(Boolean).join(" · ");
}

function stateOf(state) {
  if (state.agent.sandbox || state.agent.test) return "test_mode";
  if (state.selling) return state.live ? "selling" : "nothing";
  return state.banners.some(({ kind }) => ["starting", "fleet_wait"].includes(kind)) ? "starting" : "stopped";
}
