/**
 * The one seam through which `npm run test:faults` makes the Worker's surroundings fail. It is open only where the
 * variable FAULTS names a controller and the transcoder is a local process: in the cloud TRANSCODER_URL is empty, so
 * nothing in this folder can run there.
 */
import { fetchWithin } from "../shared/fetch-within.ts";
import { askController, askWeather } from "./ask-controller.ts";
import { damageStored } from "./damage-stored.ts";
import { faultyBucket } from "./faulty-bucket.ts";
import { faultyDatabase } from "./faulty-database.ts";
import { faultyQueue } from "./faulty-queue.ts";

function isOpen(env: Env): boolean {
  return env.FAULTS !== "" && env.TRANSCODER_URL !== "";
}

/** The bindings as a handler gets them: as they are, or unreliable ones. */
export function withFaults(env: Env): Env {
  if (!isOpen(env)) return env;
  const ask = askController(env.FAULTS);
  const weather = askWeather(env.FAULTS);
  const ofDatabase = async () => (await weather()).database;
  const ofBuckets = async () => (await weather()).buckets;
  return {
    ...env,
    DB: faultyDatabase(env.DB, ask, ofDatabase),
    MEDIA: faultyBucket(env.MEDIA, ask, ofBuckets),
    SOURCES: faultyBucket(env.SOURCES, ask, ofBuckets),
    INGEST_QUEUE: faultyQueue(env.INGEST_QUEUE, ask),
    TRANSCODE_QUEUE: faultyQueue(env.TRANSCODE_QUEUE, ask),
  };
}

/** Before each run of the cron: damages what is stored, and ends the scheduler, as the controller says. Nothing where the seam is closed. */
export async function beforeCron(env: Env): Promise<void> {
  if (!isOpen(env)) return;
  await damageStored(env, env.FAULTS);
  const answer = await fetchWithin(2000, `${env.FAULTS}/scheduler`).catch(() => null);
  if ((await answer?.text()) === "kill") await killScheduler(env);
}

/** Ends the scheduler's object as the platform may at any time: the call itself fails with it. */
async function killScheduler(env: Env): Promise<void> {
  await env.SCHEDULER.get(env.SCHEDULER.idFromName("fleet"))
    .abort()
    .catch(() => undefined);
}
