import { describe, type Observation, type Row, stateOf } from "./judge.ts";
import type { Target } from "./target.ts";

/** An attack: one row of the table. */
export interface Attack {
  /** Its name, for the table and for `--only`. */
  name: string;
  /** What is tried, in one sentence. */
  tries: string;
  /** Tries it, and tells what was seen. @throws Error when the attack itself can't be made */
  run(target: Target): Promise<Observation[]>;
}

/** Runs one attack to its row; one that throws leaves its row untried. */
export async function runAttack(attack: Attack, target: Target): Promise<Row> {
  const startedAt = Date.now();
  const row = { name: attack.name, tried: attack.tries };
  try {
    const seen = await attack.run(target);
    const came = seen.map(describe).join("; ");
    return { ...row, state: stateOf(seen), came, seconds: (Date.now() - startedAt) / 1000 };
  } catch (error) {
    const came = error instanceof Error ? error.message : String(error);
    return { ...row, state: "untried", came, seconds: (Date.now() - startedAt) / 1000 };
  }
}
