/**
 * The one seam through which `npm run test:faults` makes the Worker's surroundings fail. It is open only where the
 * variable FAULTS names a controller and the transcoder is a local process: in the cloud TRANSCODER_URL is empty, so
 * nothing in this folder can run there.
 */
import { askController, askReachable } from "./ask-controller.ts";
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
  return {
    ...env,
    DB: faultyDatabase(env.DB, ask, askReachable(env.FAULTS)),
    MEDIA: faultyBucket(env.MEDIA, ask),
    SOURCES: faultyBucket(env.SOURCES, ask),
    INGEST_QUEUE: faultyQueue(env.INGEST_QUEUE, ask),
    TRANSCODE_QUEUE: faultyQueue(env.TRANSCODE_QUEUE, ask),
  };
}

/** Before each run of the cron: damages what is stored as the controller says. Nothing where the seam is closed. */
export async function beforeCron(env: Env): Promise<void> {
  if (isOpen(env)) await damageStored(env, env.FAULTS);
}
