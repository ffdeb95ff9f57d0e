/** The attack as a whole: a stack of its own, one row after another, and the table. */

import { attackNeighbour } from "./neighbour.ts";
import { filmAttacks, wordAttacks } from "./rows/film-attacks.ts";
import { hangAttacks } from "./rows/hang-attacks.ts";
import { keyAttacks } from "./rows/key-attacks.ts";
import { laptopAttacks } from "./rows/laptop-attacks.ts";
import { limitAttacks } from "./rows/limit-attacks.ts";
import { uploadAttacks } from "./rows/upload-attacks.ts";
import { viewerAttacks } from "./rows/viewer-attacks.ts";
import type { Row } from "./stage/judge.ts";
import { type Attack, runAttack } from "./stage/row.ts";
import { startTarget } from "./stage/target.ts";

/**
 * Every attack, in the order in which they disturb each other least: those that use up an address's tries come late, those that
 * stop processes last.
 */
export const allAttacks: readonly Attack[] = [
  ...viewerAttacks,
  ...keyAttacks,
  ...wordAttacks,
  ...filmAttacks,
  attackNeighbour,
  ...laptopAttacks,
  ...uploadAttacks,
  ...limitAttacks,
  ...hangAttacks,
];

/** Which of them, and from which seed. */
export interface AttackRun {
  seed: number;
  attacks: readonly Attack[];
  /** True: state and logs stay even when all has held. */
  isKept: boolean;
  say(line: string): void;
}

/** Runs them. @returns the rows, and the folder of state and logs where it was kept. @throws UserError when no stack starts */
export async function runAttacks(run: AttackRun): Promise<{ rows: Row[]; kept: string | null }> {
  const target = await startTarget(run.seed, run.say);
  const rows: Row[] = [];
  let isKept = true;
  try {
    for (const attack of run.attacks) {
      const row = await runAttack(attack, target);
      rows.push(row);
      run.say(`${row.state.padEnd(8)} ${row.name}: ${row.came}`);
    }
    isKept = run.isKept || rows.some(({ state }) => state !== "held");
  } finally {
    await target.end(isKept);
  }
  return { rows, kept: isKept ? target.folder : null };
}
