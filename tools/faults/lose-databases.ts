/**
 * The worst that can happen to a stopped Marquee's database: it is emptied, and later restored to an earlier state, under the
 * same buckets. Each time the service starts, runs its cron, must say so, and must delete nothing.
 */
import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { type StackOptions, startStack } from "../../scripts/local/stack.ts";
import type { FaultController } from "./fault-controller.ts";
import { listStored } from "./read-final-state.ts";

/** Some runs of the cron. */
const daysMs = 25_000;

const health = z.object({ alarms: z.array(z.string()) });

/** Loses the database of a stopped stack twice, and puts it back. @returns sentences about what went wrong */
export async function loseDatabases(
  options: StackOptions,
  controller: FaultController,
  say: (line: string) => void,
): Promise<string[]> {
  const live = path.join(options.state, "v3", "d1");
  const [early, late] = ["early", "late"].map((name) => path.join(options.state, `d1-${name}`)) as [
    string,
    string,
  ];
  const before = await listStored(options.state);
  cpSync(live, early, { recursive: true });
  // The database's generation moves on, so that the early one is old.
  await runFor(options);
  cpSync(live, late, { recursive: true });
  const trouble: string[] = [];
  for (const kind of ["database emptied", "database restored"] as const) {
    say(`${kind} …`);
    controller.note(kind, "under the same buckets");
    rmSync(live, { recursive: true });
    if (kind === "database restored") cpSync(early, live, { recursive: true });
    const alarms = await runFor(options);
    if (kind === "database emptied" && alarms.length === 0) trouble.push(`${kind}: no alarm is up`);
    const after = new Set(await listStored(options.state));
    trouble.push(...before.filter((key) => !after.has(key)).map((key) => `${kind}: ${key} is gone`));
  }
  rmSync(live, { recursive: true });
  cpSync(late, live, { recursive: true });
  await runFor(options);
  return trouble;
}

/** Starts the stack, leaves it to its cron, and stops it. @returns the alarms that were up */
async function runFor(options: StackOptions): Promise<string[]> {
  const stack = await startStack(options);
  if (stack === null) throw new Error("Marquee was told to stop while it started.");
  try {
    await wait(daysMs);
    const response = await fetch(`${stack.url}/healthz`, { signal: AbortSignal.timeout(15_000) });
    const { alarms } = health.parse(await response.json());
    return alarms;
  } finally {
    await stack.stop();
  }
}
