/** Every route, in one table: which room answers which address. */
import { Hono } from "hono";
import { assetsApi } from "./api/assets/assets-api.ts";
import { proofApi } from "./api/assets/proof-api.ts";
import { signingKeysApi } from "./api/ops/signing-keys-api.ts";
import { healthz } from "./api/ops/healthz.ts";
import { opsApi } from "./api/ops/ops-api.ts";
import { policyApi } from "./api/titles/policy-api.ts";
import { titlesApi } from "./api/titles/titles-api.ts";
import { allowedMethods } from "./http/allowed-methods.ts";
import { problemResponse } from "./http/problem.ts";
import { refuseForeignHosts } from "./http/refuse-foreign-hosts.ts";
import { uploadsApi } from "./ingest/uploads-api.ts";
import { internalApi } from "./pipeline/transcoder/transcoder-api.ts";
import { gateway } from "./playback/gateway/gateway.ts";
import { images } from "./playback/gateway/images.ts";
import { playbackApi } from "./playback/issue/playback-api.ts";
import { notFound, pages } from "./web/pages.tsx";

/** The routes. Who may use each is written down, and tried, in authorisation.test.ts: a new route has to be added there. */
export const app = new Hono<{ Bindings: Env }>();
app.onError(problemResponse);
app.notFound(notFound);
app.use(refuseForeignHosts);
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
app.route("/", pages);
