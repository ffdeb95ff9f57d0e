import type { Stack } from "../../scripts/local/stack.ts";
import { chance } from "../../test/support/random.ts";
import { fairWeather } from "../../workers/faults/ask-controller.ts";
import type { FilmEntry } from "./check-run.ts";
import { type FaultShares, planEvents, stormOf, suddenEvents } from "./decide-fault.ts";
import type { FaultController } from "./fault-controller.ts";

const dayMs = 86_400_000;

/**
 * Kills processes, makes bad weather, jumps clocks and orders damage when their puts come.
 * @returns a function to call with the number of each put
 */
export function injectFaults(
  seed: number,
  shares: FaultShares,
  stack: Stack,
  controller: FaultController,
  entries: FilmEntry[],
): (nth: number) => void {
  const transcoderKills = planEvents(seed, "kill transcoder", shares.killTranscoder, 30);
  const workerKills = planEvents(seed, "kill worker", shares.killWorker, 80);
  const storms = planEvents(seed, "storm", shares.weather, 60);
  const suddens = planEvents(seed, "sudden", shares.sudden, 45);
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
    if (storms.includes(nth)) {
      const { kind, weather, ms } = stormOf(seed, storms.indexOf(nth));
      controller.note(kind, `for ${ms} ms at put ${nth}`);
      controller.setWeather(weather);
      setTimeout(() => controller.setWeather(fairWeather), ms).unref();
    }
    if (suddens.includes(nth)) {
      const kind = suddenEvents[suddens.indexOf(nth) % suddenEvents.length] ?? "cron twice";
      controller.note(kind, `at put ${nth}`);
      befall(kind, stack, controller);
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

function befall(kind: (typeof suddenEvents)[number], stack: Stack, controller: FaultController): void {
  if (kind === "kill scheduler") controller.killScheduler();
  else if (kind === "clock jump") void runCronAt(stack.url, Date.now() + 8 * dayMs);
  else for (let n = 0; n < 2; n++) void runCronAt(stack.url, Date.now());
}

/** Runs the cron once, as the platform would at this time. One that fails has failed: the next comes in seconds. */
async function runCronAt(url: string, time: number): Promise<void> {
  await fetch(`${url}/cdn-cgi/local/scheduled?cron=*+*+*+*+*&time=${time}`, {
    signal: AbortSignal.timeout(60_000),
  })
    .then((response) => response.arrayBuffer())
    .catch(() => undefined);
}
