// Keeps the newest state of the agent, and says when it changes or when the agent is gone. Must not know the page.

import { spoken } from "./speech.js";

// The agent sends something every two seconds; three of them missing is no accident.
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
  #heardAt = performance.now();
  #retryMs = FIRST_RETRY_MS;
  #connected = null;

  constructor(onState, onConnection) {
    this.onState = onState;
    this.onConnection = onConnection;
    setInterval(() => this.#listen(), 1000);
  }

  open() {
    this.#source?.close();
    const source = this.#source = new EventSource(`/api/v1/events?lang=${spoken()}`);
    for (const kind of ["snapshot", "change", "heartbeat"]) {
      source.addEventListener(kind, (event) => this.#heard(kind, JSON.parse(event.data)));
    }
    source.addEventListener("error", () => {
      this.#lose();
      // The browser tries again by itself, except after an answer such as 503, which it takes for final.
      if (source.readyState === EventSource.CLOSED && source === this.#source) this.#openLater();
    });
  }

  #openLater() {
    setTimeout(() => this.open(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 1.5, LAST_RETRY_MS);
  }

  #heard(kind, body) {
    const now = performance.now();
    const { modules, ...head } = body;
    for (const row of modules) row.at = now;
    if (kind === "snapshot") this.#rows = new Map();
    for (const row of modules) this.#rows.set(row.name, row);
    this.#state = { ...head, at: now, wallAt: Date.now(), modules: this.#rows };
    this.#heardAt = now;
    this.#retryMs = FIRST_RETRY_MS;
    this.#connect(true);
    this.onState(this.#state, modules, kind === "snapshot");
  }

  #listen() {
    if (performance.now() - this.#heardAt < SILENCE_MS || this.#connected === false) return;
    this.#lose();
    // A connection that only looks open, as after the laptop slept.
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
