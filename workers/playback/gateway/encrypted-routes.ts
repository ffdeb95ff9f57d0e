/**
 * The files of encrypted titles, `/{token}/{rendition}/{key folder}/{file}`: ciphertext, which any cache may keep, and keys,
 * which none may. Both are authorised like clear media. Mounted inside the gateway.
 */
import { Hono } from "hono";
import { foreverAtTheEdge } from "../delivery/cache-lifetimes.ts";
import { deliverMedia } from "../delivery/deliver-media.ts";
import { encryptedPath, renditionPath } from "../origin/origin-paths.ts";
import { authorise } from "./authorise.ts";
import { authoriseEncrypted } from "./authorise-encrypted.ts";

/** Problems: those of `authorise` and `authoriseEncrypted`. */
export const encryptedRoutes = new Hono<{ Bindings: Env }>();

encryptedRoutes.get("/:token/:rendition/:folder/:file", async (c) => {
  const now = Date.now();
  const { token, rendition, folder: name, file } = c.req.param();
  const grant = await authorise(c, token, now);
  const granted = await authoriseEncrypted(c.env, grant, rendition, name, file, now);
  if ("key" in granted) {
    const headers = { "Content-Type": "application/octet-stream", "Cache-Control": "no-store" };
    return c.body(granted.key, 200, { ...headers, "Content-Length": String(granted.key.byteLength) });
  }
  const { revision, kid } = granted.folder;
  const { contentType, isText: compressible } = granted.media;
  const { film, policyClass, changesAt, trace } = grant;
  const path =
    file === "init.mp4"
      ? renditionPath(film.assetId, revision, rendition, file)
      : encryptedPath(film.assetId, revision, kid, rendition, file);
  // Useless without the key, which only the gateway gives: so on-net caches may keep it, for everyone.
  const cacheControl = foreverAtTheEdge;
  return await deliverMedia(c, path, {
    contentType,
    cacheControl,
    compressible,
    policyClass,
    changesAt,
    trace,
  });
});
