// The newest state of the agent, from its server-sent events.

import { spoken } from "./speech.js";

// The agent sends an event at least every two seconds; three missing ones mean a lost connection.
const SILENCE_MS = 7000;
const FIRST_RETRY_MS = 1500;
const LAST_RETRY_MS = 10000;

/**
 * Follows /api/v1/events. `onState(state, changedRows, isWhole)` after each event; `onConnection(isConnected)` when that changes.
 * Each row and the head get `at`: the performance.now() at which their ages were true.
 */
export class Stream {
  #source = null;
  #state = null;
  #rows = new Map();
  #receivedAt = performance.now();
  #retryMs = FIRST_RETRY_MS;
  #connected = null;

  constructor(onState, onConnection) {
    this.onState = onState;
    this.onConnection = onConnection;
    setInterval(() => this.#checkSilence(), 1000);
  }

  open() {
    this.#source?.close();
    const source = this.#source = new EventSource(`/api/v1/events?lang=${spoken()}`);
    for (const kind of ["snapshot", "change", "heartbeat"]) {
      source.addEventListener(kind, (event) => this.#receive(kind, JSON.parse(event.data)));
    }
    source.addEventListener("error", () => {
      this.#lose();
      // The browser reconnects by itself, except after an HTTP error such as 503.
      if (source.readyState === EventSource.CLOSED && source === this.#source) this.#openLater();
    });
  }

  #openLater() {
    setTimeout(() => this.open(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 1.5, LAST_RETRY_MS);
  }

  #receive(kind, body) {
    const now = performance.now();
    const { modules, ...head } = body;
    for (const row of modules) row.at = now;
    if (kind === "snapshot") this.#rows = new Map();
    for (const row of modules) this.#rows.set(row.name, row);
    this.#state = { ...head, at: now, wallAt: Date.now(), modules: this.#rows };
    this.#receivedAt = now;
    this.#retryMs = FIRST_RETRY_MS;
    this.#connect(true);
    this.onState(this.#state, modules, kind === "snapshot");
  }

  #checkSilence() {
    if (performance.now() - this.#receivedAt < SILENCE_MS || this.#connected === false) return;
    this.#lose();
    // Still open to the browser, but dead, as after the laptop slept.
    this.open();
  }

  #lose() { this.#connect(false); }

  #connect(isConnected) {
    if (this.#connected === isConnected) return;
    this.#connected = isConnected;
    this.onConnection(isConnected);
  }
}

/** How old a value that was `seconds` old when it came is now. */
export const aged = (seconds, at) => (seconds === null ? null : seconds + (performance.now() - at) / 1000);
