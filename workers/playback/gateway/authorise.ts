/**
 * Authorises requests for media: the token names the film, the viewers and its end; the title's rules are applied anew, by the
 * time of this request. No I/O, except for what is published (see published-store.ts).
 */
import type { Context } from "hono";
import { Problem } from "../../http/problem.ts";
import { refusalForViewer } from "../delivery/cache-lifetimes.ts";
import { mayDebug } from "../delivery/debug-delivery.ts";
import { type MediaFile, mediaFile } from "../delivery/media-file.ts";
import type { DeliveryTrace } from "../delivery/media-headers.ts";
import { refuseClearMedia } from "../encryption/clear-media.ts";
import { type LanguagePreferences, noLanguagePreferences } from "../policy/choose-languages.ts";
import { decideTitle, type PolicyDecision } from "../policy/decide-title.ts";
import { type DropCode, keptRenditions } from "../policy/kept-renditions.ts";
import { type PlayableTitle, readPlayableTitle } from "../policy/playable-title.ts";
import { refusalProblem, ruleRefusal } from "../policy/refusals.ts";
import type { VerifiedToken } from "../tokens/playback-claims.ts";
import { maxTokenLength, verifyPlaybackToken } from "../tokens/playback-token.ts";
import { restrictRequest } from "../tokens/restrict-request.ts";
import type { PolicyViewer } from "../viewer.ts";
import { viewerOf } from "../viewer.ts";

/** Longest URL that is read, characters. */
const maxUrlLength = 2048;

/** Age of the feed at which it is asked for again for a rendition that the title lacks, ms: the rendition may be brand-new. */
export const rereadAfterMs = 1000;

/** The permission that a token and a title's rules together give a viewer now. */
export interface Grant {
  claims: VerifiedToken;
  film: PlayableTitle;
  viewer: PolicyViewer;
  decision: Extract<PolicyDecision, { allowed: true }>;
  policyClass: string;
  /** Until the token's end, seconds. */
  secondsLeft: number;
  /** The next change of the rules for this viewer, Unix milliseconds; null: never. */
  changesAt: number | null;
  /** Only for holders of the debug key. */
  trace: DeliveryTrace | null;
}

/** A grant as it follows from a request alone; explain makes it for requests that nobody sent. */
export interface PlainGrant extends Omit<Grant, "trace"> {
  /** The one web origin whose pages may read the answer; null: all may. */
  readableBy: string | null;
}

/**
 * Authorises a request at `now` (Unix milliseconds). @param preferences for the class's default languages
 * @throws Problem 403 (see `verifyPlaybackToken` and `restrictRequest`), 404 `not_found`, 410 `no_longer_available`, and those of
 * `refusals`.
 */
export async function authorise(
  c: Context<{ Bindings: Env }>,
  token: string,
  now: number,
  preferences: LanguagePreferences = noLanguagePreferences,
): Promise<Grant> {
  const startedAt = performance.now();
  if (c.req.url.length > maxUrlLength && token.length <= maxTokenLength) throw noSuchPath();
  const { readableBy, ...grant } = await grantOf(c.env, c.req.raw, token, now, preferences);
  if (readableBy !== null) c.set("readableBy", readableBy);
  const { viewer, decision } = grant;
  const isAsked = await mayDebug(c.req.raw, c.env);
  const trace = isAsked ? { startedAt, country: viewer.country, rule: decision.rule } : null;
  return { ...grant, trace };
}

/**
 * The grant of a token to the sender of a request at `now` (Unix milliseconds). @param readAt the present, by which cached
 * rules and keys age: explain uses other moments, which must not make them look fresh. @throws as `authorise`
 */
export async function grantOf(
  env: Pick<Env, "PLAYBACK_KEYS" | "COUNTRY_OVERRIDE" | "PUBLIC_ORIGINS">,
  request: Request,
  token: string,
  now: number,
  preferences: LanguagePreferences,
  readAt: number = now,
): Promise<PlainGrant> {
  const claims = await verifyPlaybackToken(env, token, now, readAt);
  const film = await readPlayableTitle(claims.asset, readAt);
  if (film === null) throw noLongerAvailable();
  const viewer = viewerOf(request, env);
  const readableBy = restrictRequest(env, claims, film, request, viewer.country);
  const limit = { maxHeight: claims.max_height ?? null };
  const decision = decideTitle(film, viewer, now, { preferences, limit });
  if (!decision.allowed) throw refusalProblem(decision, briefly(decision.changesAt, now));
  const { policyClass, changesAt } = decision;
  const secondsLeft = Math.floor(claims.exp - now / 1000);
  return { claims, film, viewer, decision, policyClass, secondsLeft, changesAt, readableBy };
}

/** The part of a grant that decides on files; without claims as if its token were issued now. */
export type FileGrant = Pick<Grant, "film" | "decision" | "changesAt"> & { claims?: VerifiedToken };

/**
 * Authorises a stored file of a rendition.
 * @throws Problem as `authoriseRendition`; 403 `title_encrypted`, 404 `not_found`.
 */
export async function authoriseFile(
  grant: FileGrant,
  rendition: string,
  name: string,
  now: number,
  readAt: number = now,
): Promise<MediaFile> {
  const kind = await authoriseRendition(grant, rendition, now, readAt);
  const file = kind === "image" ? null : mediaFile(name, kind);
  if (file === null) throw noSuchPath();
  refuseClearMedia(grant.film, kind, grant.claims?.iat ?? now / 1000);
  return file;
}

/**
 * Authorises a rendition, and returns its kind.
 * @throws Problem 403 `token_foreign` (the token's film has no such rendition), `rung_not_allowed`, `track_not_allowed`.
 */
export async function authoriseRendition(
  grant: FileGrant,
  rendition: string,
  now: number,
  readAt: number = now,
): Promise<PlayableTitle["facts"][number]["kind"]> {
  const kind = grant.film.renditions.get(rendition);
  if (kind !== undefined) {
    throwIfDropped(grant.decision.dropped.get(rendition), grant.changesAt, now);
    return kind;
  }
  const latest = await readPlayableTitle(grant.film.assetId, readAt, rereadAfterMs);
  const facts = latest?.facts.find(({ key }) => key === rendition);
  if (facts === undefined) {
    throw new Problem(
      403,
      "token_foreign",
      "This playback URL does not cover that rendition. Ask for a new one.",
    );
  }
  const [verdict] = keptRenditions(grant.decision.outcome, [facts]);
  throwIfDropped(verdict?.code ?? undefined, grant.changesAt, now);
  return facts.kind;
}

/** The refusal after a film was taken down. */
export function noLongerAvailable(): Problem {
  return new Problem(410, "no_longer_available", "This title was taken down. Choose another one to watch.");
}

/** The refusal of an address that does not exist. */
export function noSuchPath(): Problem {
  return new Problem(
    404,
    "not_found",
    "There is nothing at this address. Start from the playback URL again.",
  );
}

/** Throws the refusal of a rendition that the rules drop. */
function throwIfDropped(code: DropCode | undefined, changesAt: number | null, now: number): void {
  if (code === undefined) return;
  throw refusalProblem({ ...ruleRefusal(code), changesAt }, briefly(changesAt, now));
}

/** Lets the viewer's cache keep a refusal for some seconds, for players that keep retrying. */
function briefly(changesAt: number | null, now: number): Record<string, string> {
  return { "Cache-Control": refusalForViewer(changesAt, now) };
}
