/** The feed and the documents of the edge, at the origin. */
import { absentDocumentAtTheEdge, feedAtTheEdge, foreverAtTheEdge } from "../delivery/cache-lifetimes.ts";
import { documentObject, isDocumentKey } from "../published/documents.ts";
import { feedKey } from "../published/feed.ts";

/** Answers `/feed…` and `/w/{stamp}/{key}`; null for other paths. */
export async function publishedObject(env: Pick<Env, "MEDIA">, pathname: string): Promise<Response | null> {
  if (/^\/feed(?:\/[0-9]+)?$/.test(pathname)) return await stored(env, feedKey, feedAtTheEdge);
  const [, key] = /^\/w\/[0-9a-z]+-[0-9]+\/(.+)$/.exec(pathname) ?? [];
  if (key === undefined || !isDocumentKey(key)) return null;
  return await stored(env, documentObject(key), foreverAtTheEdge);
}

async function stored(env: Pick<Env, "MEDIA">, key: string, keep: string): Promise<Response> {
  const found = await env.MEDIA.get(key);
  if (found === null) {
    return new Response(null, { status: 404, headers: { "Cache-Control": absentDocumentAtTheEdge } });
  }
  const headers = { ETag: found.httpEtag, "Content-Length": String(found.size), "Cache-Control": keep };
  return new Response(found.body, { headers: { ...headers, "Cache-Tag": "published" } });
}
