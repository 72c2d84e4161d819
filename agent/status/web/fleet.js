// The strip of hosts that share the account: who speaks, who lives, how many numbers each has.

import { glyph, make, mark, write } from "./dom.js";
import { roughly, say, spoken, stopwatch } from "./speech.js";
import { aged } from "./stream.js";

const KIND_OF_HOST = { running: "live", starting: "wait", left: "idle", silent: "out" };

export class Fleet {
  #cells = new Map();
  #fleet = null;
  #at = 0;

  constructor(part) {
    this.el = part("fleet");
    this.hosts = part("fleet-hosts");
    this.sum = part("fleet-sum");
  }

  /** `fleet`: as in the status, null for a host alone; `at`: when it came. */
  update(fleet, at) {
    this.#fleet = fleet;
    this.#at = at;
    this.el.hidden = !fleet;
    if (!fleet) return;
    const names = fleet.hosts.map((host) => host.name).join("/");
    if (names !== this.names) this.#build(fleet.hosts);
    this.names = names;
    for (const host of fleet.hosts) this.#draw(host, host.name === fleet.host);
    this.tick();
  }

  tick() {
    const fleet = this.#fleet;
    if (!fleet) return;
    const parts = [fleet.leader ? say("fleet-leader", { host: fleet.leader }) : say("fleet-nobody")];
    if (fleet.numbers !== null) parts.push(say("numbers", { n: fleet.numbers }));
    const { engine } = fleet;
    parts.push(engine.up ? say("fleet-engine", { version: engine.version, ms: engine.latency_ms?.toLocaleString(spoken()) ?? "–" })
      : say("fleet-engine-away", { t: roughly(aged(engine.since_s, this.#at)) }));
    write(this.sum, parts.join(" · "));
    for (const host of fleet.hosts) this.#drawAge(host);
  }

  #build(hosts) {
    this.#cells = new Map(hosts.map((host) => [host.name, cellOf(host)]));
    this.hosts.replaceChildren(...[...this.#cells.values()].map((cell) => cell.item));
  }

  #draw(host, isThis) {
    const cell = this.#cells.get(host.name);
    const kind = host.left_out ? "out" : host.doubts ? "sim" : KIND_OF_HOST[host.state];
    mark(cell.el, "data-kind", kind);
    mark(cell.el, "data-host", host.name);
    mark(cell.el, "data-leads", String(host.leads));
    mark(cell.el, "data-this", String(isThis));
    mark(cell.glyph, "data-kind", kind);
    write(cell.live, `${host.live}/${host.modules}`);
    write(cell.state, host.leads ? say("fleet-speaks") : host.text);
    write(cell.doubts, host.doubts ? say("fleet-doubts", { n: host.doubts }) : "");
    // Where its page is for that host alone, a click tells how to reach it.
    mark(cell.el, "title", isThis ? say("fleet-this") : host.page ? say("fleet-open", { host: host.name }) : say("fleet-local", { host: host.name }));
    if (host.page && !isThis) mark(cell.el, "href", host.page);
    else cell.el.removeAttribute("href");
  }

  #drawAge(host) {
    const age = aged(host.seen_s, this.#at);
    const left = age === null ? null : host.lease_s - age;
    const { lease } = this.#cells.get(host.name);
    write(lease, left === null ? "" : left > 0 ? say("fleet-lease", { t: stopwatch(left) }) : say("ago", { t: roughly(age) }));
  }
}

function cellOf(host) {
  const cell = { glyph: glyph("idle"), live: make("b"), state: make("span"), lease: make("small"), doubts: make("small.fleet-doubts") };
  cell.el = make("a.host", { tabindex: "0" }, cell.glyph, make("strong", {}, host.name), cell.live, cell.state, cell.doubts, cell.lease);
  cell.item = make("li", {}, cell.el);
  return cell;
}
