/**
 * The API of a running task: it reads its source and slices, and puts the objects that its spec names. Mounted twice:
 * for a container through intercepted outbound HTTP (identity in `ctx.props`), for a local process under a signed grant
 * in the path. Each request checks that the attempt still holds its task's lease, so a zombie can't write.
 */

import { WorkerEntrypoint } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { Hono } from "hono";
import { isRenditionFile } from "../../../protocol/media-files.ts";
import { type TaskSpec, taskSpec } from "../../../protocol/task.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, tasks } from "../../catalog/schema.ts";
import { Problem, problemResponse } from "../../http/problem.ts";
import { contentTypes, mezzanineKey, renditionPrefix, sliceObjectKey } from "../storage/media-keys.ts";
import { beginMezzanine, completeMezzanine } from "../storage/mezzanine-upload.ts";
import { readRange } from "../storage/read-range.ts";
import { sourceOf } from "../storage/source-of.ts";
import { verifyGrant } from "./task-grant.ts";

/** The attempt that sends a request. */
interface TaskIdentity {
  taskId: string;
  lease: string;
}

type Task = { assetId: string; spec: TaskSpec; source: { key: string; bytes: number } };
type ApiEnv = { Bindings: Env & { identity: TaskIdentity }; Variables: { task: Task } };

const md5Hex = /^[0-9a-f]{32}$/;

/** Routes relative to the task's base address. `identity` comes with the bindings. */
const transcoderApi = new Hono<ApiEnv>();
transcoderApi.onError(problemResponse);

transcoderApi.use(async (c, next) => {
  const { taskId, lease } = c.env.identity;
  const row = await openDatabase(c.env)
    .select({ task: tasks, asset: assets })
    .from(tasks)
    .innerJoin(assets, eq(assets.id, tasks.assetId))
    .where(eq(tasks.id, taskId))
    .get();
  if (
    row === undefined ||
    row.task.status !== "running" ||
    row.task.lease !== lease ||
    row.asset.work !== "open" ||
    row.asset.deletedAt !== null
  ) {
    throw new Problem(409, "lease_lost", "This attempt no longer holds its task. Stop working on it.");
  }
  const spec = taskSpec.parse(row.task.spec);
  c.set("task", { assetId: row.task.assetId, spec, source: sourceOf(row.asset, row.task) });
  await next();
});

transcoderApi.get("/source", async (c) => {
  const { source } = c.var.task;
  return await readRange(c.env.SOURCES, source.key, source.bytes, c.req.raw, (work) =>
    c.executionCtx.waitUntil(work),
  );
});

transcoderApi.get("/slices/:track/:file", async (c) => {
  const { assetId, spec } = c.var.task;
  const slice = `${c.req.param("track")}/${c.req.param("file")}`;
  if (spec.kind !== "audio" || !spec.slices.includes(slice)) throw notInTask();
  const key = sliceObjectKey(assetId, slice);
  const head = await c.env.MEDIA.head(key);
  if (head === null)
    throw new Problem(404, "slice_missing", "This slice is not in storage; its chunk must be cut again.");
  return await readRange(c.env.MEDIA, key, head.size, c.req.raw, (work) => c.executionCtx.waitUntil(work));
});

transcoderApi.put("/slices/:track/:file", async (c) => {
  const { assetId, spec } = c.var.task;
  const slice = `${c.req.param("track")}/${c.req.param("file")}`;
  if (spec.kind !== "audio-slices" || !spec.slices.some(({ key }) => key === slice)) throw notInTask();
  return await put(c.env.MEDIA, sliceObjectKey(assetId, slice), "audio/flac", c.req.raw);
});

transcoderApi.get("/media/:rendition/:file", async (c) => {
  const { assetId, spec } = c.var.task;
  const { rendition, file } = c.req.param();
  if (spec.kind !== "storyboard" || spec.from !== rendition || !isRenditionFile(file)) throw notInTask();
  const key = renditionPrefix(assetId, rendition) + file;
  const head = await c.env.MEDIA.head(key);
  if (head === null)
    throw new Problem(
      404,
      "segment_missing",
      "This segment is not in storage; its chunk must be encoded again.",
    );
  return await readRange(c.env.MEDIA, key, head.size, c.req.raw, (work) => c.executionCtx.waitUntil(work));
});

transcoderApi.put("/media/:rendition/:file", async (c) => {
  const { assetId, spec } = c.var.task;
  const { rendition, file } = c.req.param();
  if (!renditionKeysOf(spec).includes(rendition) || !isRenditionFile(file)) throw notInTask();
  const ending = file.slice(file.lastIndexOf(".") + 1);
  const type =
    spec.kind === "audio" && ending === "mp4"
      ? "audio/mp4"
      : contentTypes[ending as keyof typeof contentTypes];
  return await put(c.env.MEDIA, renditionPrefix(assetId, rendition) + file, type, c.req.raw);
});

transcoderApi.post("/remux", async (c) => {
  const { assetId, spec } = c.var.task;
  if (spec.kind !== "remux") throw notInTask();
  return c.json({ upload_id: await beginMezzanine(c.env, assetId) });
});

transcoderApi.put("/remux/:upload/:part{[0-9]+}", async (c) => {
  const { assetId, spec } = c.var.task;
  if (spec.kind !== "remux" || c.req.raw.body === null) throw notInTask();
  const upload = c.env.SOURCES.resumeMultipartUpload(mezzanineKey(assetId), c.req.param("upload"));
  return c.json(await upload.uploadPart(Number(c.req.param("part")), c.req.raw.body));
});

transcoderApi.post("/remux/:upload", async (c) => {
  const { assetId, spec } = c.var.task;
  if (spec.kind !== "remux") throw notInTask();
  const parts = await c.req.json<R2UploadedPart[]>();
  return c.json({ bytes: await completeMezzanine(c.env, assetId, c.req.param("upload"), parts) });
});

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

function renditionKeysOf(spec: TaskSpec): string[] {
  if (spec.kind === "video") return spec.rungs.map((rung) => rung.key);
  if (spec.kind === "text") return spec.tracks.map((track) => track.key);
  return "key" in spec ? [spec.key] : [];
}

function notInTask(): Problem {
  return new Problem(403, "not_in_task", "This task's grant does not cover that object.");
}

/** Stores the body; R2 itself checks the MD5, so bytes damaged on their way are refused. */
async function put(bucket: R2Bucket, key: string, contentType: string, request: Request): Promise<Response> {
  const md5 = request.headers.get("Marquee-MD5") ?? "";
  if (!md5Hex.test(md5))
    throw new Problem(400, "missing_digest", "Send the body's MD5 in hex as `Marquee-MD5`.");
  if (request.body === null) throw new Problem(400, "empty_body", "Send the object's bytes.");
  await bucket.put(key, request.body, { md5, httpMetadata: { contentType } });
  return new Response(null, { status: 204 });
}
