import type { Stack } from "../../scripts/local/stack.ts";
import { chance } from "../../test/support/random.ts";
import type { FilmEntry } from "./check-run.ts";
import { type FaultShares, outageMs, planEvents } from "./decide-fault.ts";
import type { FaultController } from "./fault-controller.ts";

/** Kills processes, cuts D1 off and orders damage when their puts come. @returns a function to call with the number of each put. */
export function injectFaults(
  seed: number,
  shares: FaultShares,
  stack: Stack,
  controller: FaultController,
  entries: FilmEntry[],
): (nth: number) => void {
  const transcoderKills = planEvents(seed, "kill transcoder", shares.killTranscoder, 30);
  const workerKills = planEvents(seed, "kill worker", shares.killWorker, 80);
  const outages = planEvents(seed, "database outage", shares.outage, 70);
  const damages = planEvents(seed, "damage", shares.damage, 50);
  const hows = ["corrupt", "truncate", "delete"] as const;
  let damaged = 0;
  return (nth) => {
    if (transcoderKills.includes(nth)) {
      controller.note("kill transcoder", `at put ${nth}`);
      stack.transcoder.crash();
    }
    if (workerKills.includes(nth)) {
      controller.note("kill worker", `at put ${nth}`);
      stack.worker.crash();
    }
    const outage = outages.indexOf(nth);
    if (outage >= 0) {
      const length = outageMs(seed, outage);
      controller.note("database outage", `of ${length} ms at put ${nth}`);
      controller.setDatabase("unreachable");
      setTimeout(() => controller.setDatabase("reachable"), length).unref();
    }
    const ready = entries.filter(({ ending }) => ending === "ready");
    const victim = ready[Math.floor(chance(seed, "victim", damaged) * ready.length)];
    // One that comes before any film is published waits for the next put after that.
    if (nth < (damages[damaged] ?? Number.POSITIVE_INFINITY) || victim?.assetId == null) return;
    const how = hows[damaged % hows.length] ?? "delete";
    controller.order({ assetId: victim.assetId, pick: chance(seed, "pick", damaged), how });
    damaged += 1;
  };
}
