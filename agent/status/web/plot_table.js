// The same as the plot, as a table: a row for ten minutes, an hour or a day.

import { make } from "./dom.js";
import { clockTime, dayOf } from "./speech.js";

const ROW_OF = {
  "1h": (at) => Math.floor(at / 600) * 600,
  "24h": (at) => Math.floor(at / 3600) * 3600,
  "7d": midnightOf,
  "30d": midnightOf,
};

export const isByDay = (range) => ROW_OF[range] === midnightOf;

/** The rows of a table of such a range, newest first. */
export function tableRows({ at, live, lowest, highest, cap, accepted, refused, failed }, range) {
  const rows = Map.groupBy(at.keys(), (i) => ROW_OF[range](at[i]));
  const total = (series, is) => is.reduce((sum, i) => sum + series[i], 0);
  return [...rows].reverse().map(([from, is]) => {
    const low = Math.min(...is.map((i) => lowest[i])), high = Math.max(...is.map((i) => highest[i]));
    const cells = [low === high ? low : `${low}–${high}`, cap[is.at(-1)], total(accepted, is), total(refused, is) + total(failed, is)];
    return make("tr", {}, make("th", { scope: "row" }, isByDay(range) ? dayOf(from) : clockTime(from)), ...cells.map((cell) => make("td", {}, String(cell))));
  });
}

function midnightOf(at) {
  const day = new Date(at * 1000);
  day.setHours(0, 0, 0, 0);
  return day / 1000;
}
