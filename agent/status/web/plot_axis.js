// Where the labels of a plot stand. Pure.

const MINUTE = 60, HOUR = 3600, DAY = 86400;
const STEPS = [MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY];

/** From when to when a plot is drawn: from the first record on, so that the first minutes are no spike at the edge of an empty day. */
export function spanOf({ now, since, step_s, at }) {
  const from = Math.max(since, at[0] ?? since);
  return { from, to: Math.max(now, from + 10 * step_s) };
}

/** The times of labels, at most `most`, on round times of the local clock. */
export function timeTicks(from, to, most) {
  const step = STEPS.find((s) => (to - from) / s <= most) ?? STEPS.at(-1);
  const first = new Date(from * 1000);
  first.setHours(0, 0, 0, 0);
  const ticks = [];
  if (step < DAY) {
    for (let at = first / 1000; at <= to; at += step) if (at >= from) ticks.push(at);
  } else {
    // Days are not all of 24 hours.
    for (const day = first; day / 1000 <= to; day.setDate(day.getDate() + step / DAY)) if (day / 1000 >= from) ticks.push(day / 1000);
  }
  return { step, ticks };
}

/** The counts of labels: 0, the limit, and round numbers between that are not too near to it. */
export function countTicks(top, cap) {
  const rough = top / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough));
  const ticks = cap ? [cap] : [];
  for (let n = 0; n <= top; n += step) if (!cap || Math.abs(n - cap) > top / 8) ticks.push(n);
  return ticks;
}

/** The series in pieces: they are cut where nothing was recorded, since the agent did not run then. */
export function runsOf({ at, live, lowest, highest, cap, step_s }) {
  const runs = [];
  at.forEach((t, i) => {
    if (!i || t - at[i - 1] > 3 * step_s) runs.push({ at: [], live: [], lowest: [], highest: [], cap: [] });
    const run = runs.at(-1);
    run.at.push(t); run.live.push(live[i]); run.lowest.push(lowest[i]); run.highest.push(highest[i]); run.cap.push(cap[i]);
  });
  return runs;
}
