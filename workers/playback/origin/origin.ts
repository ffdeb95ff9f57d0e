/**
 * The cached origin: whole, immutable objects by path, and nothing that depends on the viewer. It decides nothing about access;
 * only the gateway and the posters' route call it, after they have decided. In the cloud Workers Cache stands before it
 * (`[exports.Origin.cache]`); on a laptop there is none, so it uses the Cache API itself. Its paths come from origin-paths.ts:
 *
 * - `/a/{assetId}/{revision}/{policyClass}/main.m3u8`: the multivariant playlist, assembled; `…/{variant}/main.m3u8` another variant of it
 * - `/a/{assetId}/{revision}/{policyClass}/manifest.mpd`: the DASH manifest
 * - `/e/{assetId}/{revision}/{kid}/{renditionKey}/{file}`: a playlist or an object of an encrypted rendition
 * - `/m/{assetId}/{renditionKey}/whole.vtt`: a subtitle track in one file
 * - `/p/{assetId}/{revision}/{renditionKey}/{file}`: a playlist of a rendition
 * - `/m/{assetId}/{renditionKey}/{file}`: any other object of R2
 * - `/shelf/…`, `/search/…`: lists of films for a class of viewers (answer-shelf.ts, answer-search.ts)
 * - `/feed`, and `/feed/{second}` for those who can't wait until a copy of it is old: the feed of changes
 * - `/w/{stamp}/{key}`: a document of the edge, kept for ever under a stamp of the feed
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import { sha256Hex } from "../../shared/digest.ts";
import { wholeSubtitles } from "../dash/adaptation-sets.ts";
import { assembleManifest } from "../dash/assemble-manifest.ts";
import { readWholeSubtitles } from "../dash/read-whole-subtitles.ts";
import { foreverAtTheEdge, multivariantAtTheEdge } from "../delivery/cache-lifetimes.ts";
import { changesAtHeader } from "../delivery/fetch-origin.ts";
import { throughCacheApi } from "../delivery/through-cache-api.ts";
import { writeKeyFolder } from "../encryption/key-folder.ts";
import { serveEncrypted } from "../encryption/serve-encrypted.ts";
import { publishedRenditions } from "../hls/published-renditions.ts";
import { writeMultivariant } from "../hls/write-multivariant.ts";
import { tracksOfClass } from "../policy/policy-class.ts";
import {
  documentKeys,
  documentObject,
  parseDocument,
  type RenditionDocument,
} from "../published/documents.ts";
import { answerSearch } from "../search/answer-search.ts";
import { answerShelf } from "../shelf/answer-shelf.ts";
import { type PlaylistVariant, parseVariant } from "./playlist-variant.ts";
import { publishedObject } from "./published-object.ts";
import { withMediaCopy } from "./with-media-copy.ts";

/** The entrypoint of the cached origin. Answers 404, cached for documents' paths only, to a path without an object. */
export class Origin extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    const read = () => answer(withMediaCopy(this.env), request, Date.now());
    // Where this isolate is the only one, a copy of the feed would spare nothing and only be late.
    if (this.ctx.cache !== undefined || new URL(request.url).pathname.startsWith("/feed"))
      return await read();
    return await throughCacheApi(request, (work) => this.ctx.waitUntil(work), read);
  }
}

async function answer(env: Env, request: Request, now: number): Promise<Response> {
  const url = new URL(request.url);
  const { pathname } = url;
  if (pathname.startsWith("/shelf/")) return (await answerShelf(env, pathname, now)) ?? absent();
  if (pathname.startsWith("/search/")) return (await answerSearch(env, url, now)) ?? absent();
  const published = await publishedObject(env, pathname);
  if (published !== null) return published;
  const [, assetId, revision, policyClass, variant = "", name] =
    /^\/a\/(\w+)\/([0-9]+)\/([\w.-]+)\/([\w-]+\/)?(main\.m3u8|manifest\.mpd)$/.exec(pathname) ?? [];
  if (assetId !== undefined && policyClass !== undefined) {
    const changesAt = Number(request.headers.get(changesAtHeader) ?? Number.NaN);
    const keep = multivariantAtTheEdge(Number.isNaN(changesAt) ? null : changesAt, now);
    const wanted = { assetId, revision: Number(revision), policyClass };
    return await presentation(env, wanted, name === "manifest.mpd" ? "dash" : parseVariant(variant), keep);
  }
  const [, of, at, kid, rendition, encryptedFile] =
    /^\/e\/(\w+)\/([0-9]+)\/(\w+)\/([\w-]+)\/([\w-]+\.\w+)$/.exec(pathname) ?? [];
  if (of !== undefined && kid !== undefined && rendition !== undefined && encryptedFile !== undefined) {
    const wanted = { assetId: of, revision: Number(at), kid, rendition, file: encryptedFile };
    const served = await serveEncrypted(env, wanted, request.method);
    if (served === null) return absent();
    const headers = { ETag: served.etag, "Content-Length": String(served.bytes) };
    return new Response(served.body, {
      headers: { ...headers, "Cache-Control": foreverAtTheEdge, "Cache-Tag": of },
    });
  }
  // The revision only tells publications apart in the cache: R2's objects were written before it was raised.
  const [, owner, key, file] =
    /^\/m\/(\w+)\/([\w-]+)\/([\w-]+\.\w+)$/.exec(pathname) ??
    /^\/p\/(\w+)\/[0-9]+\/([\w-]+)\/([\w-]+\.\w+)$/.exec(pathname) ??
    [];
  if (owner !== undefined && key !== undefined && file === wholeSubtitles) {
    const whole = await readWholeSubtitles(env, owner, key);
    if (whole === null) return absent();
    // With its length known it is compressed and kept on its way, like any text.
    if (whole.isSmall) return await written(await new Response(whole.body).text(), owner, foreverAtTheEdge);
    const headers = { ETag: whole.etag, "Cache-Control": foreverAtTheEdge, "Cache-Tag": owner };
    return new Response(whole.body, { headers });
  }
  return owner === undefined ? absent() : object(env, owner, `media/${owner}/${key}/${file}`, request.method);
}

/** Assembles the playlist or manifest of a class, of an asset's revision; 404 for an unknown class or variant. */
async function presentation(
  env: Env,
  { assetId, revision, policyClass }: { assetId: string; revision: number; policyClass: string },
  variant: PlaylistVariant | "dash" | null,
  keep: string,
): Promise<Response> {
  if (variant === null) return absent();
  const tracks = tracksOfClass(publishedRenditions(await renditionsAt(env, assetId, revision)), policyClass);
  if (tracks === null || tracks.videos.length === 0) return absent();
  if (variant === "dash") {
    const manifest = await assembleManifest(env, assetId, tracks);
    return manifest === null ? absent() : await written(manifest, assetId, keep);
  }
  const { kid, isSteered } = variant;
  const keyFolder = kid === null ? null : writeKeyFolder({ assetId, revision, kid });
  const { videos, audios, texts, storyboards } = tracks;
  const text = writeMultivariant(videos, audios, texts, storyboards, { keyFolder, isSteered });
  return await written(text, assetId, keep);
}

/** A response from a generated text. */
async function written(text: string, assetId: string, keep: string): Promise<Response> {
  const body = new TextEncoder().encode(text);
  const headers = { ETag: `"${await sha256Hex(text)}"`, "Content-Length": String(body.byteLength) };
  return new Response(body, { headers: { ...headers, "Cache-Control": keep, "Cache-Tag": assetId } });
}

/** The renditions of an asset that is at `revision` now; none when it isn't, because a class means something else then. */
async function renditionsAt(env: Env, assetId: string, revision: number): Promise<RenditionDocument[]> {
  const stored = await env.MEDIA.get(documentObject(documentKeys.asset(assetId)));
  const document = stored === null ? null : parseDocument(await stored.text());
  return document?.kind === "film" && document.revision === revision ? document.renditions : [];
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
