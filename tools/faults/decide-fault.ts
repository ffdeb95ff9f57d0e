/** Decides the calls of the Worker that fail, and their faults. Pure: a function of the seed and the number of calls. */

import { chance } from "../../test/support/random.ts";
import type { FaultPoint, Weather } from "../../workers/faults/ask-controller.ts";

/** Everything that a run injects; also the rows of its table. */
export const faultKinds = [
  "message drop",
  "message duplicate",
  "message reorder",
  "put fail",
  "put lose_answer",
  "write fail",
  "write lose_answer",
  "read cut",
  "kill transcoder",
  "kill worker",
  "kill scheduler",
  "database unreachable",
  "database read-only",
  "database full",
  "database slow",
  "buckets failing",
  "buckets slow",
  "clock jump",
  "cron twice",
  "deleted and taken back",
  "database emptied",
  "database restored",
  "damage corrupt",
  "damage truncate",
  "damage delete",
] as const;

/** See {@link faultKinds}. */
export type FaultKind = (typeof faultKinds)[number];

/** The share of calls that end in each way. Messages: 20 % each, as a bad day of a queue; the rest far above any real rate. */
const rates: Record<FaultPoint, [string, number][]> = {
  message: [
    ["drop", 0.2],
    ["duplicate", 0.2],
    ["reorder", 0.2],
  ],
  put: [
    ["fail", 0.03],
    ["lose_answer", 0.03],
  ],
  write: [
    ["fail", 0.01],
    ["lose_answer", 0.01],
  ],
  read: [["cut", 0.05]],
};

/** Decides the fault of the nth call at a point (from 0); null: none. */
export function decideFault(seed: number, point: FaultPoint, nth: number): string | null {
  let drawn = chance(seed, point, nth);
  for (const [how, rate] of rates[point]) {
    if (drawn < rate) return how;
    drawn -= rate;
  }
  return null;
}

/**
 * Plans the puts at which something else happens, so that a run goes by its own work and not by the clock: about every `mean` puts,
 * and never twice within half of that, which is more than one task stores.
 */
export function planEvents(seed: number, what: string, times: number, mean: number): number[] {
  let at = 0;
  return Array.from({ length: times }, (_, n) => {
    at += Math.round(mean * (0.5 + chance(seed, what, n)));
    return at;
  });
}

/** Events of a run, by their kinds. */
export interface FaultShares {
  killTranscoder: number;
  killWorker: number;
  weather: number;
  damage: number;
  /** Events of each kind in {@link suddenEvents}, in turn. */
  sudden: number;
}

/** Shares a run's faults between kills, bad weather, damage and the rest; calls fail at their rates, as many as there are. */
export function shareFaults(faults: number): FaultShares {
  const share = (part: number): number => Math.max(1, Math.round(faults * part));
  return {
    ...{ killTranscoder: share(0.1), killWorker: share(0.03), weather: share(0.06) },
    ...{ damage: share(0.05), sudden: share(0.06) },
  };
}

/** Bad weather, in the order in which it comes. */
const storms: readonly [FaultKind, Partial<Weather>][] = [
  ["database unreachable", { database: "unreachable" }],
  ["buckets failing", { buckets: "failing" }],
  ["database slow", { database: "slow" }],
  ["database read-only", { database: "read-only" }],
  ["buckets slow", { buckets: "slow" }],
  ["database full", { database: "full" }],
];

/** The nth storm of a run. */
export function stormOf(
  seed: number,
  nth: number,
): { kind: FaultKind; weather: Partial<Weather>; ms: number } {
  const at = (nth + Math.floor(chance(seed, "first storm", 0) * storms.length)) % storms.length;
  const [kind, weather] = storms[at] ?? ["database unreachable", { database: "unreachable" }];
  return { kind, weather, ms: stormMs(seed, nth) };
}

/** Decides the length of the nth storm: 2 to 8 s, more than a caller's own retries bear. Milliseconds. */
export function stormMs(seed: number, nth: number): number {
  return 2000 + Math.floor(chance(seed, "storm length", nth) * 6000);
}

/** What happens at once and is over, in the order in which it comes. */
export const suddenEvents = ["kill scheduler", "cron twice", "clock jump"] as const satisfies FaultKind[];
