/** The cron's step that keeps exports of the database in R2. */
import { openDatabase } from "../catalog/database.ts";
import { readState, writeState } from "../catalog/service-state.ts";
import { type DeletionGate, deletionGate } from "../safety/deletion-gate.ts";
import { exportChanges } from "./export-changes.ts";
import { clockName } from "./export-state.ts";
import { exportWhole } from "./export-whole.ts";
import { ownsStorage } from "./owns-storage.ts";
import { removeOldExports } from "./remove-old-exports.ts";

const minuteMs = 60_000;

/** Old exports are looked for each hour. */
const removeEveryMinutes = 60;

/** Runs once a minute. One step that fails does not stop the others. @param now Unix milliseconds */
export async function backUp(
  env: Env,
  now: number,
  gate: DeletionGate = deletionGate(env, now),
): Promise<void> {
  const db = openDatabase(env);
  if (!(await ownsStorage(env, db, now))) return;
  // Exports are read back in the order of their names, so their clock never goes back, whatever the machine's does.
  const before = Number((await readState(db, clockName)) ?? 0);
  const minute = Math.max(now, before);
  if (minute > before) await writeState(db, clockName, String(minute), now);
  const steps = [
    () => exportChanges(env, db, minute, now),
    () => exportWhole(env, db, minute, now),
    async () => {
      if (Math.floor(now / minuteMs) % removeEveryMinutes !== 0 || !(await gate.mayDelete())) return;
      await removeOldExports(env, now);
    },
  ];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      console.error("could not back up", error);
    }
  }
}
