/** Everything Cloudflare runs: the handlers, the Durable Objects and the entrypoints. */
import { app } from "./app.ts";
import { backUp } from "./backup/back-up.ts";
import { dropOldChanges } from "./catalog/changes.ts";
import { openDatabase } from "./catalog/database.ts";
import { databaseTrouble, databaseWords } from "./catalog/database-errors.ts";
import { withPatience } from "./catalog/with-patience.ts";
import { beforeCron, withFaults } from "./faults/with-faults.ts";
import { expireUploads } from "./ingest/expire-uploads.ts";
import { reconcileUploads } from "./ingest/reconcile-uploads.ts";
import { consumeIngest } from "./pipeline/queues/consume-ingest.ts";
import { consumeTranscode } from "./pipeline/queues/consume-transcode.ts";
import { consumeDeadLetters } from "./pipeline/queues/dead-letters.ts";
import { reconcile } from "./pipeline/reconcile/reconcile.ts";
import { Scheduler } from "./pipeline/scheduler/scheduler.ts";
import { Transcoder } from "./pipeline/transcoder/transcoder.ts";
import { TranscoderApi } from "./pipeline/transcoder/transcoder-api.ts";
import { Origin } from "./playback/origin/origin.ts";
import { publishChanges } from "./publisher/publish-changes.ts";

/** Changes that one run of the cron drops: more than a busy minute makes. */
const changesDroppedAtOnce = 5000;

export { Origin, Scheduler, Transcoder, TranscoderApi };

export default {
  fetch: (request, env, ctx) => app.fetch(request, withPatience(withFaults(env)), ctx),

  async queue(batch, bindings) {
    const env = withPatience(withFaults(bindings));
    switch (batch.queue) {
      case "marquee-ingest":
        return await consumeIngest(batch, env);
      case "marquee-transcode":
        return await consumeTranscode(batch, env);
      default:
        return await consumeDeadLetters(batch, env);
    }
  },

  async scheduled(_controller, env) {
    await beforeCron(env);
    try {
      // By our own clock, never the event's: on a laptop any web page can send one, with any time in it.
      await reconcile(withPatience(withFaults(env)), Date.now(), [
        ["back up", (bindings, now, _room, gate) => backUp(bindings, now, gate)],
        ["expire uploads", (bindings, now, _room, gate) => expireUploads(bindings, now, gate)],
        ["finish whole uploads", reconcileUploads],
        ["publish changes", (bindings, now) => publishChanges(bindings, now)],
        ["drop old changes", (bindings) => dropOldChanges(openDatabase(bindings), changesDroppedAtOnce)],
      ]);
    } catch (error) {
      if (databaseTrouble(error) !== "unavailable") throw error;
      console.warn("the cron waits for the database", databaseWords(error));
    }
  },
} satisfies ExportedHandler<Env>;
