/** The result of a fault run: the ends of its films, and the state of storage. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { checkStorage } from "./check-storage.ts";
import { faultKinds } from "./decide-fault.ts";
import type { FaultController } from "./fault-controller.ts";
import { readFinalState } from "./read-final-state.ts";

/** The outcome. */
export interface FaultVerdict {
  faults: Record<string, number>;
  /** Films by how they had to end and did: `ready`, `errored`, `deleted`. */
  ended: { ready: number; errored: number; deleted: number };
  /** Films that ended otherwise, or not at all. */
  wrong: string[];
  lost: string[];
  chunks: { begun: number; repeated: number; mayRepeat: number };
  dangling: string[];
  missing: string[];
  deadLetters: number;
  seconds: number;
  /** The folder of logs and state; null when all went well, and nothing was kept. */
  kept: string | null;
}

/** A film on its way. */
export interface FilmEntry {
  nth: number;
  expected: string;
  assetId: string | null;
  ending: string | null;
  /** Unix milliseconds; 0 until it has ended. */
  endedAt: number;
}

/** True when nothing went wrong. */
export function isGood(verdict: FaultVerdict): boolean {
  const { wrong, lost, dangling, missing, chunks } = verdict;
  const bad = wrong.length + lost.length + dangling.length + missing.length;
  return bad === 0 && chunks.repeated <= chunks.mayRepeat;
}

/** Looks at what a stopped run has left. @param folder of its state and logs */
export async function checkRun(
  folder: string,
  controller: FaultController,
  entries: FilmEntry[],
  elapsedMs: number,
): Promise<FaultVerdict> {
  const state = await readFinalState(path.join(folder, "state"));
  const count = (kind: (typeof faultKinds)[number]): number => controller.counts.get(kind) ?? 0;
  const { begun, repeated } = countRepeats(readFileSync(path.join(folder, "logs", "transcoder.log"), "utf8"));
  const damages = count("damage corrupt") + count("damage truncate") + count("damage delete");
  // A storm cuts off what runs then, on two lanes.
  const storms = faultKinds.filter((kind) => /^(database (?!emptied|restored)|buckets )/.test(kind));
  const cutOff = 2 * storms.reduce((sum, kind) => sum + count(kind), 0);
  const asExpected = entries.filter(({ ending, expected }) => ending === expected);
  const ids = new Set(state.assets.map(({ id }) => id));
  return {
    faults: Object.fromEntries(faultKinds.map((kind) => [kind, count(kind)])),
    ended: {
      ready: asExpected.filter(({ expected }) => expected === "ready").length,
      errored: asExpected.filter(({ expected }) => expected !== "ready" && expected !== "deleted").length,
      deleted: asExpected.filter(({ expected }) => expected === "deleted").length,
    },
    wrong: entries
      .filter(({ ending, expected, assetId }) => ending !== expected && assetId !== null && ids.has(assetId))
      .map(({ nth, assetId, ending, expected }) => `film ${nth} (${assetId}): ${ending}, not ${expected}`),
    lost: entries
      .filter(({ assetId }) => assetId === null || !ids.has(assetId))
      .map(({ nth, assetId }) => `film ${nth} (${assetId})`),
    chunks: {
      begun,
      repeated,
      mayRepeat: count("kill transcoder") + count("kill worker") + damages + cutOff,
    },
    ...checkStorage(state),
    deadLetters: state.deadLetters,
    seconds: Math.round(elapsedMs / 1000),
    kept: null,
  };
}

/**
 * Counts the chunks that the transcoder began, and those that it had begun before: a line of its log each time.
 * Tracks run beside chunks, cost a second, and die with them; they are not counted. Pure.
 */
export function countRepeats(log: string): { begun: number; repeated: number } {
  const begins = [...log.matchAll(/^\S+ (\S+) video started$/gm)].map(([, taskId]) => taskId);
  return { begun: begins.length, repeated: begins.length - new Set(begins).size };
}
