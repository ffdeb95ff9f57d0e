import { WorkerEntrypoint } from "cloudflare:workers";
import { Hono } from "hono";
import { verifyGrant } from "./task-grant.ts";
import { type TaskIdentity, transcoderApi } from "./transcoder-api.ts";

/** The API of a running task for its container: the identity is in the props, so the container holds no secret. */
export class TranscoderApi extends WorkerEntrypoint<Env, TaskIdentity> {
  /** Answers the container's intercepted requests. */
  override fetch(request: Request): Response | Promise<Response> {
    return transcoderApi.fetch(request, { ...this.env, identity: this.ctx.props }, this.ctx);
  }
}

/** The same API for a local transcoder: `/internal/{grant}/…`. Closed where TRANSCODER_URL is not set. */
export const internalApi = new Hono<{ Bindings: Env }>();

internalApi.all("/:grant/*", async (c) => {
  if (c.env.TRANSCODER_URL === "") return c.notFound();
  const grant = c.req.param("grant");
  const identity = await verifyGrant(c.env.GRANT_SECRET, grant, Date.now());
  const url = new URL(c.req.url);
  url.pathname = url.pathname.slice(url.pathname.indexOf(grant) + grant.length);
  return await transcoderApi.fetch(new Request(url, c.req.raw), { ...c.env, identity }, c.executionCtx);
});
