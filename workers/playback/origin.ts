/**
 * The cached origin: whole, immutable objects by path, and nothing that depends on who asks. It decides nothing about
 * access; only the gateway and the posters' route call it, after they have decided. In the cloud Workers Cache stands
 * before it (`[exports.Origin.cache]`); on a laptop there is none, so it asks the Cache API itself.
 *
 * - `/a/{assetId}/{revision}/{policyClass}/main.m3u8`: the multivariant playlist, assembled
 * - `/m/{assetId}/{renditionKey}/{file}`: an object of R2
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { assets, renditions } from "../catalog/schema.ts";
import { sha256Hex } from "../http/sha256.ts";
import { publishedRenditions } from "./published-renditions.ts";
import { policyClasses } from "./resolve-policy.ts";
import { writeMultivariant } from "./write-multivariant.ts";

/** The longest that HTTP caches keep anything (RFC 9111 §5.2.2.1 names no limit; a year is the custom). */
const immutable = "public, max-age=31536000, immutable";

/** The entrypoint; see the file's comment. Answers 404, never cached, to whatever is not there. */
export class Origin extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    if (this.ctx.cache !== undefined) return answer(this.env, request);
    const key = new URL(request.url).href;
    const stored = await caches.default.match(key);
    if (stored !== undefined) return request.method === "HEAD" ? new Response(null, stored) : stored;
    const response = await answer(this.env, request);
    if (request.method === "GET" && response.ok) {
      this.ctx.waitUntil(caches.default.put(key, response.clone()));
    }
    return response;
  }
}

async function answer(env: Env, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const [, assetId, revision, policyClass] = /^\/a\/(\w+)\/([0-9]+)\/(\w+)\/main\.m3u8$/.exec(pathname) ?? [];
  if (assetId !== undefined && policyClasses.some((known) => known === policyClass)) {
    return multivariant(env, assetId, Number(revision));
  }
  const [, owner, key, file] = /^\/m\/(\w+)\/([\w-]+)\/([\w-]+\.\w+)$/.exec(pathname) ?? [];
  return owner === undefined ? absent() : object(env, owner, `media/${owner}/${key}/${file}`, request.method);
}

/** Assembles the playlist of an asset that is at `revision` or past it; a reader that is behind must not be cached. */
async function multivariant(env: Env, assetId: string, revision: number): Promise<Response> {
  const db = openDatabase(env);
  const [[asset], rows] = await db.batch([
    db.select({ revision: assets.revision }).from(assets).where(eq(assets.id, assetId)),
    db.select().from(renditions).where(eq(renditions.assetId, assetId)),
  ]);
  const { videos, audios, texts, storyboards } = publishedRenditions(rows);
  if (asset === undefined || asset.revision < revision || videos.length === 0) return absent();
  const text = writeMultivariant(videos, audios, texts, storyboards);
  const body = new TextEncoder().encode(text);
  const headers = { ETag: `"${await sha256Hex(text)}"`, "Content-Length": String(body.byteLength) };
  return new Response(body, { headers: { ...headers, ...cacheable(assetId) } });
}

async function object(env: Env, assetId: string, key: string, method: string): Promise<Response> {
  const found = await (method === "HEAD" ? env.MEDIA.head(key) : env.MEDIA.get(key));
  if (found === null) return absent();
  const headers = { ETag: found.httpEtag, "Content-Length": String(found.size), ...cacheable(assetId) };
  return new Response("body" in found ? (found.body as ReadableStream) : null, { headers });
}

function cacheable(assetId: string): Record<string, string> {
  return { "Cache-Control": immutable, "Cache-Tag": assetId };
}

function absent(): Response {
  return new Response(null, { status: 404, headers: { "Cache-Control": "no-store" } });
}
