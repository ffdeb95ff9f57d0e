/** Everything Cloudflare runs: the handlers, the Durable Object and the entrypoints. */
import { Hono } from "hono";
import { problemResponse } from "./http/problem.ts";
import { gateway } from "./playback/gateway.ts";
import { images } from "./playback/images.ts";
import { Origin } from "./playback/origin.ts";
import { playbackApi } from "./playback/playback-api.ts";

const app = new Hono<{ Bindings: Env }>();
app.onError(problemResponse);
app.route("/v1/playback", playbackApi);
app.route("/v", gateway);
app.route("/images", images);

export { Origin };

export default { fetch: app.fetch } satisfies ExportedHandler<Env>;
