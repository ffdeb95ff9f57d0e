/**
 * The API of a running task: it reads its source and slices, and puts the objects that its spec names. Mounted twice:
 * for a container through intercepted outbound HTTP (identity in `ctx.props`), for a local process under a signed grant
 * in the path. The identity says which objects are the attempt's own, and each request checks that the attempt still holds its
 * task's lease, so a zombie can't write for longer than {@link holdsLease} says.
 */

import { WorkerEntrypoint } from "cloudflare:workers";
import { Hono } from "hono";
import { isRenditionFile } from "../../../protocol/media-files.ts";
import { withPatience } from "../../catalog/with-patience.ts";
import { Problem, problemResponse } from "../../http/problem.ts";
import { contentTypes, mezzanineKey, renditionPrefix, sliceObjectKey } from "../storage/media-keys.ts";
import { beginMezzanine, completeMezzanine } from "../storage/mezzanine-upload.ts";
import { readRange } from "../storage/read-range.ts";
import { checkFile, checkPart, checkSlice, notInTask } from "./check-size.ts";
import { holdsLease } from "./holds-lease.ts";
import type { TaskAccess } from "./task-access.ts";
import { verifyGrant } from "./task-grant.ts";

/** The attempt that sends a request, and the objects that are its own. */
interface TaskIdentity {
  taskId: string;
  lease: string;
  access: TaskAccess;
}

type ApiEnv = { Bindings: Env & { identity: TaskIdentity } };

const md5Hex = /^[0-9a-f]{32}$/;
const sliceFile = /^\d{5}\.flac$/;

/** Routes relative to the task's base address. `identity` comes with the bindings. */
const transcoderApi = new Hono<ApiEnv>();
transcoderApi.onError(problemResponse);

transcoderApi.use(async (c, next) => {
  // A mezzanine's parts make one object, and beginning one aborts another: there a lease of some seconds ago is not enough.
  const fresh = c.env.identity.access.kind === "remux" && c.req.method === "POST";
  if (!(await holdsLease(c.env, c.env.identity, Date.now(), fresh)))
    throw new Problem(409, "lease_lost", "This attempt no longer holds its task. Stop working on it.");
  await next();
});

transcoderApi.get("/source", async (c) => {
  const { source } = c.env.identity.access;
  return await readRange(c.env.SOURCES, source.key, source.bytes, c.req.raw, (work) =>
    c.executionCtx.waitUntil(work),
  );
});

transcoderApi.get("/slices/:track/:file", async (c) => {
  const { assetId, reads } = c.env.identity.access;
  const { track, file } = c.req.param();
  if (!reads.sliceTracks.includes(track) || !sliceFile.test(file)) throw notInTask();
  const key = sliceObjectKey(assetId, `${track}/${file}`);
  const head = await c.env.MEDIA.head(key);
  if (head === null)
    throw new Problem(404, "slice_missing", "This slice is not in storage; its chunk must be cut again.");
  return await readRange(c.env.MEDIA, key, head.size, c.req.raw, (work) => c.executionCtx.waitUntil(work));
});

transcoderApi.put("/slices/:track/:file", async (c) => {
  const { assetId, writes } = c.env.identity.access;
  const slice = `${c.req.param("track")}/${c.req.param("file")}`;
  if (!writes.slices.includes(slice)) throw notInTask();
  checkSlice(c.env.identity.access, c.req.raw);
  return await put(c.env.MEDIA, sliceObjectKey(assetId, slice), "audio/flac", c.req.raw);
});

transcoderApi.get("/media/:rendition/:file", async (c) => {
  const { assetId, reads } = c.env.identity.access;
  const { rendition, file } = c.req.param();
  if (!reads.renditions.includes(rendition) || !isRenditionFile(file)) throw notInTask();
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
  const { assetId, kind, writes } = c.env.identity.access;
  const { rendition, file } = c.req.param();
  if (!writes.renditions.includes(rendition) || !isRenditionFile(file)) throw notInTask();
  checkFile(c.env.identity.access, rendition, file, c.req.raw);
  const ending = file.slice(file.lastIndexOf(".") + 1);
  const type =
    kind === "audio" && ending === "mp4" ? "audio/mp4" : contentTypes[ending as keyof typeof contentTypes];
  return await put(c.env.MEDIA, renditionPrefix(assetId, rendition) + file, type, c.req.raw);
});

transcoderApi.post("/remux", async (c) => {
  const { assetId, kind } = c.env.identity.access;
  if (kind !== "remux") throw notInTask();
  return c.json({ upload_id: await beginMezzanine(c.env, assetId) });
});

transcoderApi.put("/remux/:upload/:part{[0-9]+}", async (c) => {
  const { assetId, kind } = c.env.identity.access;
  if (kind !== "remux" || c.req.raw.body === null) throw notInTask();
  const part = Number(c.req.param("part"));
  checkPart(c.env.identity.access, part, c.req.raw);
  const upload = c.env.SOURCES.resumeMultipartUpload(mezzanineKey(assetId), c.req.param("upload"));
  return c.json(await upload.uploadPart(part, c.req.raw.body));
});

transcoderApi.post("/remux/:upload", async (c) => {
  const { assetId, kind } = c.env.identity.access;
  if (kind !== "remux") throw notInTask();
  const parts = await c.req.json<R2UploadedPart[]>();
  return c.json({ bytes: await completeMezzanine(c.env, assetId, c.req.param("upload"), parts) });
});

/** The API of a running task for its container: the identity is in the props, so the container holds no secret. */
export class TranscoderApi extends WorkerEntrypoint<Env, TaskIdentity> {
  /** Answers the container's intercepted requests. */
  override fetch(request: Request): Response | Promise<Response> {
    return transcoderApi.fetch(request, { ...withPatience(this.env), identity: this.ctx.props }, this.ctx);
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

/** Stores the body; R2 itself checks the MD5, so bytes damaged on their way are refused. */
async function put(bucket: R2Bucket, key: string, contentType: string, request: Request): Promise<Response> {
  const md5 = request.headers.get("Marquee-MD5") ?? "";
  if (!md5Hex.test(md5))
    throw new Problem(400, "missing_digest", "Send the body's MD5 in hex as `Marquee-MD5`.");
  if (request.body === null) throw new Problem(400, "empty_body", "Send the object's bytes.");
  await bucket.put(key, request.body, { md5, httpMetadata: { contentType } });
  return new Response(null, { status: 204 });
}
