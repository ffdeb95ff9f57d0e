/** Everything Cloudflare runs: the handlers, the Durable Object and the entrypoints. */
import { Hono } from "hono";
import { problemResponse } from "./http/problem.ts";

const app = new Hono<{ Bindings: Env }>();
app.onError(problemResponse);

export default { fetch: app.fetch } satisfies ExportedHandler<Env>;
