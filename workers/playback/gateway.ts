/**
 * The gateway: every playlist and every byte of media goes through it, with the playback token in its path. For each
 * request it verifies the token (no I/O), tells the country, asks the title's rules, and checks that the rendition is one
 * of this token's asset; only then does it ask the cached origin, which knows of none of these. Mounted at `/v`.
 */
import { type Context, Hono } from "hono";
import { Problem, problemResponse } from "../http/problem.ts";
import { admitRequest } from "./admission/admit-request.ts";
import { countryOf } from "./country.ts";
import { deliverMedia } from "./deliver-media.ts";
import { mediaFile } from "./media-file.ts";
import { openToPlayers } from "./open-to-players.ts";
import { verifyPlaybackToken } from "./playback-token.ts";
import { type PolicyClass, resolvePolicy } from "./resolve-policy.ts";
import { type PolicyDocument, readTitlePolicy } from "./title-policy.ts";

type GatewayContext = Context<{ Bindings: Env }>;

/** Longest URL that is looked at, characters. */
const maxUrlLength = 2048;

/** How soon after a read the rules are read again for a rendition that they do not name, ms: it may be brand-new. */
const rereadAfterMs = 1000;

/** What a token and a country together allow now. */
interface Grant {
  document: PolicyDocument;
  policyClass: PolicyClass;
  /** Until the token's end, seconds. */
  secondsLeft: number;
}

/** Routes `/{token}/main.m3u8` and `/{token}/{renditionKey}/{file}`. Refusals are problem+json and never cached. */
export const gateway = new Hono<{ Bindings: Env }>();

gateway.onError(problemResponse);
gateway.use(openToPlayers);

gateway.get("/:token/main.m3u8", async (c) => {
  const { document, policyClass } = await authorise(c, c.req.param("token"), Date.now());
  const path = `/a/${document.assetId}/${document.revision}/${policyClass}/main.m3u8`;
  // It changes with each publish, so a player asks whether it did; the answer is mostly a 304.
  const cacheControl = "private, no-cache";
  const contentType = "application/vnd.apple.mpegurl";
  return await deliverMedia(c, path, { contentType, cacheControl, compressible: true, policyClass });
});

gateway.get("/:token/:rendition/:file", async (c) => {
  const now = Date.now();
  const { rendition, file: name } = c.req.param();
  const { document, policyClass, secondsLeft } = await authorise(c, c.req.param("token"), now);
  const kind =
    document.renditions.get(rendition) ??
    (await readTitlePolicy(c.env, document.assetId, now, rereadAfterMs))?.renditions.get(rendition);
  if (kind === undefined) {
    throw new Problem(
      403,
      "token_foreign",
      "This playback URL does not cover that rendition. Ask for a new one.",
    );
  }
  const file = kind === "image" ? null : mediaFile(name, kind);
  if (file === null) throw noSuchPath();
  const cacheControl = `private, max-age=${secondsLeft}, immutable`;
  const path = `/m/${document.assetId}/${rendition}/${name}`;
  const { contentType, isText: compressible } = file;
  return await deliverMedia(c, path, { contentType, cacheControl, compressible, policyClass });
});

gateway.all("*", (c) => {
  if (c.req.method === "GET" || c.req.method === "HEAD") throw noSuchPath();
  throw new Problem(405, "method_not_allowed", "Media can only be read: use GET or HEAD.", {
    headers: { Allow: "GET, HEAD, OPTIONS" },
  });
});

/**
 * @throws Problem 403 (see `verifyPlaybackToken` and `admitRequest`), 404 `not_found`, 410 `no_longer_available`,
 * 451 `not_available_in_country`.
 */
async function authorise(c: GatewayContext, token: string, now: number): Promise<Grant> {
  if (c.req.url.length > maxUrlLength) throw noSuchPath();
  const claims = await verifyPlaybackToken(c.env, token, now);
  const document = await readTitlePolicy(c.env, claims.asset, now);
  if (document === null) {
    throw new Problem(410, "no_longer_available", "This title was taken down. Choose another one to watch.");
  }
  const country = countryOf(c.req.raw, c.env);
  const readableBy = admitRequest(claims, document, c.req.raw, country);
  if (readableBy !== null) c.set("readableBy", readableBy);
  const decision = resolvePolicy(document.rules, country);
  if (!decision.allowed) throw new Problem(451, decision.code, decision.reason);
  const secondsLeft = Math.floor(claims.exp - now / 1000);
  return { document, policyClass: decision.policyClass, secondsLeft };
}

function noSuchPath(): Problem {
  return new Problem(
    404,
    "not_found",
    "There is nothing at this address. Start from the playback URL again.",
  );
}
