// How bad a verdict is, and its short text.

import { roughly, say } from "./speech.js";
import { aged } from "./stream.js";

/** Worst first: the module itself, its SIM, only waiting, idle by choice, live. Shapes and colours follow these. */
export const KINDS = ["out", "sim", "wait", "idle", "live"];

const KIND_OF = {
  live: "live",
  disabled: "idle", over_cap: "idle", stopped: "idle", absent: "idle",
  settling: "wait", searching: "wait", not_registered: "wait", registration_unknown: "wait", sim_not_ready: "wait",
  unplugged: "out", port_busy: "out", no_permission: "out", not_a_modem: "out", silent: "out",
};

// Waiting for longer than this needs attention; settling ends by itself.
const PATIENCE_S = 180;
// Of a module that never answered in this run: it was found only now.
const FIRST_ANSWER_S = 30;

export function kindOf(row) {
  if (row.reason === "silent" && row.seen_s === null && aged(row.since_s, row.at) < FIRST_ANSWER_S) return "wait";
  const kind = KIND_OF[row.reason] ?? "sim";
  if (kind === "wait" && row.reason !== "settling" && aged(row.since_s, row.at) > PATIENCE_S) return "sim";
  return kind;
}

export const needsAttention = (row) => ["out", "sim"].includes(kindOf(row));

/** What speaks against a live number, by Onlinesim or by another host of the fleet; null where nothing does. */
export function objectionOf(row) {
  if (row.doubt) return "doubt";
  const numberAnswer = row.onlinesim;
  if (!numberAnswer) return null;
  if (["not_on_account", "spent"].includes(numberAnswer.status)) return numberAnswer.status;
  return numberAnswer.banned ? "banned" : null;
}

/** The objection in a word or two, "" where there is none. */
export function objectionLabel(row) {
  const objection = objectionOf(row);
  return objection ? say(`objections.${objection}`, { where: row.doubt?.where }) : "";
}

/** The objection as a sentence. */
export function objectionText(row) {
  const objection = objectionOf(row);
  if (!objection) return "";
  return row.doubt ? row.doubt.text : say("onlinesim-says", { what: say(`onlinesim.${objection}`) });
}

export const KIND_OF_OBJECTION = { not_on_account: "out", spent: "sim", banned: "sim", doubt: "sim" };

export const labelOf = (reason) => say(`reasons.${reason}`);

export function sinceOf(row) {
  return row.since_s === null ? "" : roughly(aged(row.since_s, row.at));
}

/** The UNIX time since which the verdict holds, by this machine's clock. */
export const sinceUnix = (row) => Date.now() / 1000 - aged(row.since_s, row.at);

/** The SIM that a module without one held last, null where it holds one. */
export const wasIn = (row) => (row.iccid === null ? row.was : null);

export const registrationOf = (row) => (row.registration ? say(`registrations.${row.registration}`) : "");

export const signalOf = (row) => (row.signal_dbm === null ? "" : `${row.signal_dbm} dBm`);

/** 0 to 4 bars, null for an unknown signal. -75 dBm is the best to expect indoors. */
export function barsOf(row) {
  if (row.signal_dbm === null) return null;
  return [-105, -95, -85, -75].filter((dbm) => row.signal_dbm >= dbm).length;
}

/** Which SIM a module without one held last, as one line; "" where it holds one, or nobody knows. */
export function wasText(row) {
  if (!wasIn(row)) return "";
  const sim = [row.was.number, `ICCID ${row.was.iccid}`].filter(Boolean).join(", ");
  return say("was-sim", { sim, t: roughly(aged(row.was.until_s, row.at)) }) + (row.was.now_in ? `, ${say("now-in", { name: row.was.now_in })}` : "");
}

/** What a tile shows by its shape, in words for who does not see it; its other words are its texts. */
export function unseenOf(row) {
  return [row.live ? labelOf("live") : "", signalOf(row)].filter(Boolean).join(", ");
}
