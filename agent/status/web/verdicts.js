// What a verdict means to someone who looks at the wall: how bad it is, and what to call it. Pure.

import { roughly, say } from "./speech.js";
import { aged } from "./stream.js";

/** Worst first: the module itself, its SIM, only waiting, idle by choice, live. Shapes and colours follow these. */
export const KINDS = ["out", "sim", "wait", "idle", "live"];

const KIND_OF = {
  live: "live",
  disabled: "idle", over_cap: "idle",
  settling: "wait", searching: "wait", not_registered: "wait", registration_unknown: "wait", sim_not_ready: "wait",
  unplugged: "out", port_busy: "out", no_permission: "out", not_a_modem: "out", silent: "out",
};

// Waiting that goes on for so long will not end without a hand; settling has its own end.
const PATIENCE_S = 180;

export function kindOf(row) {
  const kind = KIND_OF[row.reason] ?? "sim";
  if (kind === "wait" && row.reason !== "settling" && aged(row.since_s, row.at) > PATIENCE_S) return "sim";
  return kind;
}

export const needsAHand = (row) => ["out", "sim"].includes(kindOf(row));

export const wordOf = (reason) => say(`words.${reason}`);

export function sinceOf(row) {
  return row.since_s === null ? "" : roughly(aged(row.since_s, row.at));
}

/** 0 to 4 bars, or null where the signal is not known. -75 dBm and more is as good as it gets indoors. */
export function barsOf(row) {
  if (row.signal_dbm === null) return null;
  return [-105, -95, -85, -75].filter((dbm) => row.signal_dbm >= dbm).length;
}

/** The whole tile in one sentence, for those who hear it. */
export function spokenRow(row) {
  const facts = [row.name, wordOf(row.reason), row.number, row.operator];
  if (row.signal_dbm !== null) facts.push(`${row.signal_dbm} dBm`);
  if (row.iccid) facts.push(`SIM ${row.iccid.slice(-4)}`);
  return facts.filter(Boolean).join(", ");
}
