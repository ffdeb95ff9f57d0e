/** Figures of several runs, side by side. */

/** The cost of one way of encoding. */
export interface Cost {
  wallSeconds: number;
  cpuSeconds: number;
  bytes: number;
}

/** Medians of the three ways, and ours in proportion to the others'. */
export interface Summary {
  atOnce: Cost;
  inSequence: Cost;
  pipeline: Cost;
  /** Wall time of (c)/(a) and (c)/(b): the goals are at most 1.15 and 0.80. */
  ratios: { toAtOnce: number; toInSequence: number; cpuToAtOnce: number };
}

/** The middle value; of an even number of values the mean of the two middle ones. NaN for none. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** Sums up runs that were made in turn. */
export function summarize(runs: { atOnce: Cost; inSequence: Cost; pipeline: Cost }[]): Summary {
  const middle = (pick: (run: (typeof runs)[number]) => Cost): Cost => ({
    wallSeconds: median(runs.map((run) => pick(run).wallSeconds)),
    cpuSeconds: median(runs.map((run) => pick(run).cpuSeconds)),
    bytes: median(runs.map((run) => pick(run).bytes)),
  });
  // Each run's three ways met the same machine, so ratios are taken within a run.
  const ratio = (of: (run: (typeof runs)[number]) => number): number => median(runs.map(of));
  return {
    atOnce: middle((run) => run.atOnce),
    inSequence: middle((run) => run.inSequence),
    pipeline: middle((run) => run.pipeline),
    ratios: {
      toAtOnce: ratio(({ atOnce, pipeline }) => pipeline.wallSeconds / atOnce.wallSeconds),
      toInSequence: ratio(({ inSequence, pipeline }) => pipeline.wallSeconds / inSequence.wallSeconds),
      cpuToAtOnce: ratio(({ atOnce, pipeline }) => pipeline.cpuSeconds / atOnce.cpuSeconds),
    },
  };
}

/** The summary as a table for people. */
export function writeSummary({ atOnce, inSequence, pipeline, ratios }: Summary): string {
  const row = (name: string, cost: Cost): string =>
    `  ${name.padEnd(34)}${cost.wallSeconds.toFixed(2).padStart(9)}${cost.cpuSeconds.toFixed(2).padStart(9)}` +
    `${(cost.bytes / 1e6).toFixed(2).padStart(9)}`;
  return [
    `  ${"".padEnd(34)}${"wall s".padStart(9)}${"CPU s".padStart(9)}${"MB".padStart(9)}`,
    row("a  one bare FFmpeg command", atOnce),
    row("b  one FFmpeg per rung", inSequence),
    row("c  Marquee, notification to ladder", pipeline),
    "",
    `  c/a  wall ${ratios.toAtOnce.toFixed(3)} (goal ≤ 1.15)   CPU ${ratios.cpuToAtOnce.toFixed(3)}`,
    `  c/b  wall ${ratios.toInSequence.toFixed(3)} (goal ≤ 0.80)`,
  ].join("\n");
}

/** A share as a person reads it. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
