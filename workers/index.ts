/** Everything Cloudflare runs: the handlers, the Durable Objects and the entrypoints. */
import { Hono } from "hono";
import { assetsApi } from "./api/assets/assets-api.ts";
import { proofApi } from "./api/assets/proof-api.ts";
import { healthz, livez } from "./api/ops/healthz.ts";
import { opsApi } from "./api/ops/ops-api.ts";
import { signingKeysApi } from "./api/ops/signing-keys-api.ts";
import { policyApi } from "./api/titles/policy-api.ts";
import { titlesApi } from "./api/titles/titles-api.ts";
import { backUp } from "./backup/back-up.ts";
import { dropOldChanges } from "./catalog/changes.ts";
import { openDatabase } from "./catalog/database.ts";
import { databaseTrouble, databaseWords } from "./catalog/database-errors.ts";
import { withPatience } from "./catalog/with-patience.ts";
import { beforeCron, withFaults } from "./faults/with-faults.ts";
import { allowedMethods } from "./http/allowed-methods.ts";
import { problemResponse } from "./http/problem.ts";
import { expireUploads } from "./ingest/expire-uploads.ts";
import { reconcileUploads } from "./ingest/reconcile-uploads.ts";
import { uploadsApi } from "./ingest/uploads-api.ts";
import { consumeIngest } from "./pipeline/queues/consume-ingest.ts";
import { consumeTranscode } from "./pipeline/queues/consume-transcode.ts";
import { consumeDeadLetters } from "./pipeline/queues/dead-letters.ts";
import { reconcile } from "./pipeline/reconcile/reconcile.ts";
import { Scheduler } from "./pipeline/scheduler/scheduler.ts";
import { Transcoder } from "./pipeline/transcoder/transcoder.ts";
import { internalApi, TranscoderApi } from "./pipeline/transcoder/transcoder-api.ts";
import { gateway } from "./playback/gateway/gateway.ts";
import { images } from "./playback/gateway/images.ts";
import { playbackApi } from "./playback/issue/playback-api.ts";
import { Origin } from "./playback/origin/origin.ts";
import { publishChanges } from "./publisher/publish-changes.ts";
import { notFound, pages } from "./web/pages.tsx";

/** Changes that one run of the cron drops: more than a busy minute makes. */
const changesDroppedAtOnce = 5000;

const app = new Hono<{ Bindings: Env }>();
app.onError(problemResponse);
app.notFound(notFound);
app.use("/v1/*", allowedMethods(app));
app.route("/v1/uploads", uploadsApi);
app.route("/v1/assets", proofApi);
app.route("/v1/assets", assetsApi);
app.route("/v1/titles", policyApi);
app.route("/v1/titles", titlesApi);
app.route("/v1/playback", playbackApi);
app.route("/v1/signing-keys", signingKeysApi);
app.route("/v1/ops", opsApi);
app.route("/v", gateway);
app.route("/images", images);
app.route("/internal", internalApi);
app.route("/healthz", healthz);
app.route("/livez", livez);
app.route("/", pages);

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

  async scheduled(controller, env) {
    await beforeCron(env);
    try {
      await reconcile(withPatience(withFaults(env)), controller.scheduledTime, [
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
