/** Runs the steps of the cron: one run at a time, and each step with its share of what one run may ask of D1. */
import { countStatements, OutOfStatements, type Room } from "../../catalog/count-statements.ts";
import { openDatabase } from "../../catalog/database.ts";
import { type HeldLease, holdLease, takeLease } from "../../catalog/lease.ts";
import { writeState } from "../../catalog/service-state.ts";
import { type DeletionGate, deletionGate } from "../../safety/deletion-gate.ts";

/** A step of the cron, by a name for the log. Bounded, and safe to be cut short and to be repeated. */
export type CronStep = [
  name: string,
  run: (env: Env, now: number, room: Room, gate: DeletionGate) => Promise<unknown>,
];

/** Statements that the steps of a run may send together: D1 takes 1,000 an invocation, and the run itself needs some. */
const statementsPerRun = 900;

/** Statements that are kept back for each step that is still to come, so that none starves. */
const statementsPerStep = 40;

/** A run that died keeps others out for so long at most, milliseconds: not even the next one, a minute later. */
const leaseMs = 30_000;

const minuteMs = 60_000;

/** Name under which `service_state` keeps the last run: see {@link LastRun}. */
export const lastRunState = "cron:last";

/** The last run that came to its end: when it was due, its length, and the statements that each step sent. */
export interface LastRun {
  dueAt: number;
  tookMs: number;
  statements: Record<string, number>;
}

/**
 * Runs each step once, beginning with another one each minute. A step that fails or has used up its share does not stop
 * the others.
 * @param now Unix milliseconds; what a run's own length adds to it is measured
 * @returns false when another run was at it
 */
export async function runSteps(env: Env, now: number, steps: CronStep[]): Promise<boolean> {
  const began = Date.now();
  const clock = (): number => now + (Date.now() - began);
  const db = openDatabase(env);
  const lease = await takeLease(db, "lease:cron", leaseMs, now);
  if (lease === null) return false;
  const held = holdLease(db, lease, leaseMs, clock);
  try {
    await runHeld(env, now, steps, held);
  } finally {
    await held.end();
  }
  return true;
}

async function runHeld(env: Env, now: number, steps: CronStep[], held: HeldLease): Promise<void> {
  const began = Date.now();
  const first = Math.floor(now / minuteMs) % steps.length;
  const statements: Record<string, number> = {};
  let left = statementsPerRun;
  // Asked whether or not anything is to be deleted: this is what raises the alarm about a foreign database.
  const gate = deletionGate(env, now);
  await gate.mayDelete();
  for (const [n, [name, run]] of [...steps.slice(first), ...steps.slice(0, first)].entries()) {
    const allowance = left - statementsPerStep * (steps.length - 1 - n);
    const { database, sent } = countStatements(env.DB, allowance);
    try {
      await run({ ...env, DB: database }, now, (more) => sent() + more <= allowance, gate);
    } catch (error) {
      if (error instanceof OutOfStatements) console.warn("the cron goes on next time with", name);
      else console.error("the cron could not", name, error);
    }
    left -= sent();
    statements[name] = sent();
    if (!held.isHeld()) return;
  }
  const last: LastRun = { dueAt: now, tookMs: Date.now() - began, statements };
  await writeState(openDatabase(env), lastRunState, JSON.stringify(last), now);
}
