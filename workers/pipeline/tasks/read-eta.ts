import { estimateEta } from "./estimate-eta.ts";
import { remainingOf } from "./remaining-of.ts";
import { paceOf, readFleetLoad } from "./service-load.ts";
import type { RunningTask, TaskSums } from "./task-sums.ts";

/** The lowest stage that only a planned film has. */
const plannedStage = 3;

/**
 * Seconds until each of these assets' work is done, by their sums; one that isn't planned yet is missing. Reads one row,
 * whatever the number of assets.
 * @param now Unix milliseconds
 */
export async function estimateEtas(
  env: Pick<Env, "DB" | "FLEET_SIZE">,
  assets: ReadonlyMap<string, TaskSums>,
  running: RunningTask[],
  now: number,
): Promise<Map<string, number>> {
  const planned = [...assets].filter(([, sums]) => sums.stage >= plannedStage);
  if (planned.length === 0) return new Map();
  const load = await readFleetLoad(env, now);
  const pace = paceOf(load.encodes);
  return new Map(
    planned.map(([id, sums]) => {
      const own = remainingOf(
        sums,
        running.filter(({ assetId }) => assetId === id),
        pace,
        now,
      );
      const others = load.open.filter((one) => one.id !== id);
      return [id, estimateEta(own, others, pace, Number(env.FLEET_SIZE))];
    }),
  );
}
