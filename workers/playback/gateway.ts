/**
 * The gateway: every playlist and every byte of media goes through it, with the playback token in its path. For each
 * request it verifies the token (no I/O), tells the country, asks the title's rules, and checks that the rendition is one
 * of this token's asset; only then does it ask the cached origin, which knows of none of these. Mounted at `/v`.
 */
import { type Context, Hono } from "hono";
import { Problem, problemResponse } from "../http/problem.ts";
import { admitRequest } from "./admission/admit-request.ts";
import { mediaForViewer, multivariantForViewer } from "./cache-lifetimes.ts";
import { countRefusal } from "./count-delivery.ts";
import { countryOf } from "./country.ts";
import { mayDebug } from "./debug-delivery.ts";
import { deliverMedia } from "./deliver-media.ts";
import { mediaFile } from "./media-file.ts";
import type { DeliveryTrace } from "./media-headers.ts";
import { openToPlayers } from "./open-to-players.ts";
import { multivariantPath, renditionPath } from "./origin-paths.ts";
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
  /** When the rules next change for this viewer, Unix ms; null: never. */
  changesAt: number | null;
  /** Only for whoever shows the debug key. */
  trace: DeliveryTrace | null;
}

/** Routes `/{token}/main.m3u8` and `/{token}/{renditionKey}/{file}`. Refusals are problem+json. */
export const gateway = new Hono<{ Bindings: Env }>();

gateway.onError((error, c) => {
  countRefusal(c.env, c.req.raw, error instanceof Problem ? error.code : "internal_error", Math.random());
  return problemResponse(error, c);
});
gateway.use(openToPlayers);

gateway.get("/:token/main.m3u8", async (c) => {
  const now = Date.now();
  const grant = await authorise(c, c.req.param("token"), now);
  const { document, policyClass, secondsLeft, changesAt, trace } = grant;
  const path = multivariantPath(document.assetId, document.revision, policyClass);
  const cacheControl = multivariantForViewer(secondsLeft, changesAt, now);
  const contentType = "application/vnd.apple.mpegurl";
  const delivery = { contentType, cacheControl, compressible: true, policyClass, changesAt, trace };
  return await deliverMedia(c, path, delivery);
});

gateway.get("/:token/:rendition/:file", async (c) => {
  const now = Date.now();
  const { rendition, file: name } = c.req.param();
  const grant = await authorise(c, c.req.param("token"), now);
  const { document, policyClass, secondsLeft, changesAt, trace } = grant;
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
  const cacheControl = mediaForViewer(secondsLeft, changesAt, now);
  const path = renditionPath(document.assetId, document.revision, rendition, name);
  const { contentType, isText: compressible } = file;
  const delivery = { contentType, cacheControl, compressible, policyClass, changesAt, trace };
  return await deliverMedia(c, path, delivery);
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
  const startedAt = performance.now();
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
  const trace = (await mayDebug(c.req.raw, c.env)) ? { startedAt, country, rule: null } : null;
  return { document, policyClass: decision.policyClass, secondsLeft, changesAt: null, trace };
}

function noSuchPath(): Problem {
  return new Problem(
    404,
    "not_found",
    "There is nothing at this address. Start from the playback URL again.",
  );
}
