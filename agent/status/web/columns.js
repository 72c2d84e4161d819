// The columns of the table: what each shows of a row, what it sorts by, and what the CSV file has of it.

import { say, shortDateTime } from "./speech.js";
import { KINDS, kindOf, labelOf, objectionLabel, objectionOf, registrationOf, signalOf, sinceUnix, wasIn } from "./verdicts.js";

const hubOf = (row) => row.group_label || row.group;

/** What a module without a SIM had: it is named so, and is no number of this bank any more. */
function past(row, key) {
  const text = wasIn(row)?.[key];
  return text && say(`was-${key}`, { [key]: text });
}

/** What Onlinesim says, or another host of the fleet. */
function answerOf(row) {
  return objectionLabel(row) || (row.onlinesim && say(`onlinesim.${row.onlinesim.status}`));
}

/** The same as a word of the API. */
function answerWord(row) {
  return objectionOf(row) ?? row.onlinesim?.status;
}

/** Each by its key: `text(row)` for people; `sort(row)` a text or a number, `csv(row)` a text, a number or null, where they differ from it; `head` of the CSV file, where it is not the key. */
export const COLUMNS = {
  name: { text: (row) => row.name },
  label: { text: (row) => row.label },
  hub: { text: hubOf },
  number: { text: (row) => row.number ?? past(row, "number"), sort: (row) => row.number, csv: (row) => row.number },
  iccid: { text: (row) => row.iccid ?? past(row, "iccid"), sort: (row) => row.iccid, csv: (row) => row.iccid },
  operator: { text: (row) => row.operator },
  registration: { text: registrationOf, csv: (row) => row.registration },
  signal: { head: "signal_dbm", text: signalOf, sort: (row) => row.signal_dbm, csv: (row) => row.signal_dbm },
  state: { text: (row) => labelOf(row.reason), sort: (row) => `${KINDS.indexOf(kindOf(row))} ${labelOf(row.reason)}`, csv: (row) => row.reason },
  since: {
    text: (row) => (row.since_s === null ? "" : shortDateTime(sinceUnix(row))),
    sort: (row) => (row.since_s === null ? null : Math.round(row.at / 1000 - row.since_s)),
    csv: (row) => (row.since_s === null ? null : `${new Date(sinceUnix(row) * 1000).toISOString().slice(0, 19)}Z`),
  },
  onlinesim: { text: answerOf, csv: answerWord },
};
