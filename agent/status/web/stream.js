// The newest state of the agent, from its server-sent events.

import { spoken } from "./speech.js";

// The agent sends an event at least every two seconds; three missing ones mean a lost connection.
const SILENCE_MS = 7000;
const FIRST_RETRY_MS = 1500;
const LAST_RETRY_MS = 10000;
// A browser has six connections to a server for all of its tabs together: one that nobody looks at keeps none.
const HIDDEN_MS = 10000;
// What grows, or shrinks, by one each second.
const AGES = { accepted_s: 1, age_s: 1, checked_s: 1, seen_s: 1, since_s: 1, until_s: 1, uptime_s: 1, next_heartbeat_s: -1 };

/**
 * Follows /api/v1/events: first everything, then what differs of the head and of each row; `seen` has the ages of newer answers. `onState(state, changedRows, isWhole)` after each event; `onConnection(isConnected)` when that changes.
 * In a hidden tab it asks /api/v1/status now and then instead.
 * Each row and the head get `at`: the performance.now() at which their ages were true.
 */
export class Stream {
  #source = null;
  #state = null;
  #rows = new Map();
  #receivedAt = performance.now();
  #retryMs = FIRST_RETRY_MS;
  #connected = null;
  #timer = 0;

  constructor(onState, onConnection) {
    this.onState = onState;
    this.onConnection = onConnection;
    setInterval(() => this.#checkSilence(), 1000);
    document.addEventListener("visibilitychange", () => { this.#receivedAt = performance.now(); this.open(); });
  }

  open() {
    clearTimeout(this.#timer);
    this.#source?.close();
    if (document.hidden) return void this.#ask();
    const source = this.#source = new EventSource(`api/v1/events?lang=${spoken()}`);
    for (const kind of ["snapshot", "change", "heartbeat"]) {
      source.addEventListener(kind, (event) => this.#receive(kind, JSON.parse(event.data)));
    }
    source.addEventListener("error", () => {
      this.#lose();
      // The browser reconnects by itself, except after an HTTP error such as 503.
      if (source.readyState === EventSource.CLOSED && source === this.#source) { this.#openLater(); askToLogIn(); }
    });
  }

  async #ask() {
    const answer = await fetch(`api/v1/status?lang=${spoken()}`).catch(() => null);
    if (!document.hidden) return;
    if (answer?.ok) this.#receive("snapshot", await answer.json());
    else this.#lose();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.open(), HIDDEN_MS);
  }

  #openLater() {
    this.#timer = setTimeout(() => this.open(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 1.5, LAST_RETRY_MS);
  }

  #receive(kind, body) {
    const now = performance.now();
    const isWhole = kind === "snapshot";
    const { modules, seen = {}, ...head } = body;
    if (isWhole) this.#rows = new Map();
    const changed = modules.map((news) => merged(this.#rows.get(news.name), news, now));
    for (const row of changed) this.#rows.set(row.name, row);
    for (const [name, age] of Object.entries(seen)) {
      const row = this.#rows.get(name);
      row.seen_s = age - (now - row.at) / 1000;
    }
    this.#state = { ...merged(isWhole ? null : this.#state, head, now), wallAt: Date.now(), modules: this.#rows };
    this.#receivedAt = now;
    this.#retryMs = FIRST_RETRY_MS;
    this.#connect(true);
    this.onState(this.#state, changed, isWhole);
  }

  #checkSilence() {
    if (document.hidden || performance.now() - this.#receivedAt < SILENCE_MS || this.#connected === false) return;
    this.#lose();
    // Still open to the browser, but dead, as after the laptop slept.
    this.open();
  }

  #lose() { this.#connect(false); }

  #connect(isConnected) {
    if (this.#connected === isConnected) return;
    this.#connected = isConnected;
    stoppedAt = isConnected ? null : this.#receivedAt;
    this.onConnection(isConnected);
  }
}

/** Show the login form where the token is asked for again: another tab logged out, or the token is a new one. */
async function askToLogIn() {
  const answer = await fetch("api/v1/payload", { method: "HEAD" }).catch(() => null);
  if (answer?.status === 401) location.reload();
}

/** What is known after some news of it: all else is as it was, and older. */
function merged(known, news, now) {
  return { ...(known && older(known, (now - known.at) / 1000)), ...news, at: now };
}

function older(value, seconds) {
  if (Array.isArray(value)) return value.map((one) => older(one, seconds));
  if (value === null || typeof value !== "object" || value instanceof Map) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, key in AGES && one !== null ? one + AGES[key] * seconds : older(one, seconds)]));
}

/** When time stood still: without the agent nobody knows how old anything is by now. Null while it is heard. */
let stoppedAt = null;

/** How old a value that was `seconds` old when it came is now, or was when the agent was last heard. */
export const aged = (seconds, at) => (seconds === null ? null : seconds + ((stoppedAt ?? performance.now()) - at) / 1000);
