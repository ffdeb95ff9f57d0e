/**
 * The cached origin: whole, immutable objects by path, and nothing that depends on who asks. It decides nothing about
 * access; only the gateway and the posters' route call it, after they have decided. In the cloud Workers Cache stands
 * before it (`[exports.Origin.cache]`); on a laptop there is none, so it asks the Cache API itself. Its paths are written by
 * origin-paths.ts:
 *
 * - `/a/{assetId}/{revision}/{policyClass}/main.m3u8`: the multivariant playlist, assembled
 * - `/p/{assetId}/{revision}/{renditionKey}/{file}`: a playlist of a rendition
 * - `/m/{assetId}/{renditionKey}/{file}`: any other object of R2
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { openSession } from "../catalog/database.ts";
import { assets, renditions } from "../catalog/schema.ts";
import { sha256Hex } from "../http/sha256.ts";
import { changesAtHeader } from "./ask-origin.ts";
import { foreverAtTheEdge, multivariantAtTheEdge } from "./cache-lifetimes.ts";
import { tracksOfClass } from "./policy/policy-class.ts";
import { publishedRenditions } from "./published-renditions.ts";
import { throughCacheApi } from "./through-cache-api.ts";
import { writeMultivariant } from "./write-multivariant.ts";

/** The entrypoint; see the file's comment. Answers 404, never cached, to whatever is not there. */
export class Origin extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    const read = () => answer(this.env, request, Date.now());
    if (this.ctx.cache !== undefined) return await read();
    return await throughCacheApi(request, (work) => this.ctx.waitUntil(work), read);
  }
}

async function answer(env: Env, request: Request, now: number): Promise<Response> {
  const { pathname } = new URL(request.url);
  const [, assetId, revision, policyClass] =
    /^\/a\/(\w+)\/([0-9]+)\/([\w.-]+)\/main\.m3u8$/.exec(pathname) ?? [];
  if (assetId !== undefined && policyClass !== undefined) {
    const changesAt = Number(request.headers.get(changesAtHeader) ?? Number.NaN);
    const keep = multivariantAtTheEdge(Number.isNaN(changesAt) ? null : changesAt, now);
    return await multivariant(env, { assetId, revision: Number(revision), policyClass }, keep);
  }
  // The revision only tells publications apart in the cache: what is in R2 was written before it was counted up.
  const [, owner, key, file] =
    /^\/m\/(\w+)\/([\w-]+)\/([\w-]+\.\w+)$/.exec(pathname) ??
    /^\/p\/(\w+)\/[0-9]+\/([\w-]+)\/([\w-]+\.\w+)$/.exec(pathname) ??
    [];
  return owner === undefined ? absent() : object(env, owner, `media/${owner}/${key}/${file}`, request.method);
}

/** Assembles the playlist of what a class keeps of an asset's revision; nothing for what is no class of it. */
async function multivariant(
  env: Env,
  { assetId, revision, policyClass }: { assetId: string; revision: number; policyClass: string },
  keep: string,
): Promise<Response> {
  const tracks = tracksOfClass(publishedRenditions(await renditionsAt(env, assetId, revision)), policyClass);
  if (tracks === null || tracks.videos.length === 0) return absent();
  const text = writeMultivariant(tracks.videos, tracks.audios, tracks.texts, tracks.storyboards);
  const body = new TextEncoder().encode(text);
  const headers = { ETag: `"${await sha256Hex(text)}"`, "Content-Length": String(body.byteLength) };
  return new Response(body, { headers: { ...headers, "Cache-Control": keep, "Cache-Tag": assetId } });
}

/**
 * The renditions of an asset that is at `revision` now; none when it isn't, because a class means something else then. A
 * replica may be behind, so where it doesn't know the revision the primary is asked.
 */
async function renditionsAt(env: Env, assetId: string, revision: number) {
  for (const reader of ["first-unconstrained", "first-primary"] as const) {
    const db = openSession(env, reader);
    const [[asset], rows] = await db.batch([
      db.select({ revision: assets.revision }).from(assets).where(eq(assets.id, assetId)),
      db.select().from(renditions).where(eq(renditions.assetId, assetId)),
    ]);
    if (asset !== undefined && asset.revision === revision) return rows;
  }
  return [];
}

async function object(env: Env, assetId: string, key: string, method: string): Promise<Response> {
  const found = await (method === "HEAD" ? env.MEDIA.head(key) : env.MEDIA.get(key));
  if (found === null) return absent();
  const headers = {
    ETag: found.httpEtag,
    "Content-Length": String(found.size),
    "Cache-Control": foreverAtTheEdge,
    "Cache-Tag": assetId,
  };
  return new Response("body" in found ? (found.body as ReadableStream) : null, { headers });
}

function absent(): Response {
  return new Response(null, { status: 404, headers: { "Cache-Control": "no-store" } });
}
