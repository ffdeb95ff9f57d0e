/** Issues playback URLs to viewers: turns a title into a token. */
import { ownOrigins } from "../../http/own-origins.ts";
import { Problem } from "../../http/problem.ts";
import { decideRules } from "../policy/decide-rules.ts";
import { decideTitle } from "../policy/decide-title.ts";
import { readPlayableTitle } from "../policy/playable-title.ts";
import { publishedTitleRules } from "../policy/read-title-rules.ts";
import { type PlaybackRefusalCode, refusalProblem } from "../policy/refusals.ts";
import { readTitle } from "../published/published.ts";
import { tokenLifetime } from "../tokens/playback-claims.ts";
import { playbackClaims, signPlaybackToken } from "../tokens/playback-token.ts";
import { checkRestrictions } from "../tokens/token-restrictions.ts";
import type { Embedder } from "../tokens/web-origin.ts";
import type { PolicyViewer } from "../viewer.ts";
import { describePlayback, type Playback } from "./describe-playback.ts";

/** The viewer (see `viewerOf`), and the origin of their URLs, `https://host`. */
export interface Viewer extends PolicyViewer {
  origin: string;
  /** The page that sends the request, when it may be another than ours. */
  embedder?(): Embedder;
}

/**
 * A viewer's request: a title, by slug or id, perhaps a cap on the picture's short side (pixels), and their languages (`audio`,
 * `text`; BCP 47, `text` also `off`).
 */
export interface PlaybackRequest {
  title: string;
  maxHeight?: number;
  languages?: URLSearchParams;
}

/**
 * Issues a playback URL for the title with this slug or id, at `now` (Unix milliseconds).
 * @throws Problem 404 `title_not_found`, 409 `not_ready` or `asset_errored`, those of `refusals`, and for pages that may
 * not play it those of `checkRestrictions`; 503 `rules_unknown`.
 */
export async function issuePlayback(
  env: Pick<Env, "PLAYBACK_KEYS" | "PLAYBACK_TOKEN_SECONDS" | "PUBLIC_ORIGINS">,
  viewer: Viewer,
  wanted: PlaybackRequest,
  now: number,
): Promise<Playback> {
  const title = await readTitle(wanted.title, now);
  if (title === null) throw notFound();
  const film = title.assetId === null ? null : await readPlayableTitle(title.assetId, now);
  const decision =
    film === null
      ? decideRules(await publishedTitleRules(title, now), viewer, now)
      : decideTitle(film, viewer, now, { limit: { maxHeight: wanted.maxHeight ?? null } });
  if (!decision.allowed) throw refusalProblem(decision);
  if (film === null) throw notPlayable(title.status === "errored");
  const { changesAt } = decision;
  const { rating } = decision.outcome;
  const { embedder, origin } = viewer;
  if (embedder !== undefined) {
    const { country } = viewer;
    checkRestrictions({}, film, { country, address: null, embedder, ownOrigins: ownOrigins(env).all });
  }
  const claims = playbackClaims(
    {
      title: film.titleId,
      asset: film.assetId,
      durationSeconds: film.durationSeconds ?? 0,
      lifetimeSeconds: tokenLifetime(env),
      ...(wanted.maxHeight === undefined ? {} : { bindings: { max_height: wanted.maxHeight } }),
    },
    now,
  );
  const token = await signPlaybackToken(env, claims);
  const languages = wanted.languages ?? new URLSearchParams();
  return describePlayback(film, origin, token, claims, {
    rating,
    languages,
    changesAt,
    now,
  });
}

function refusal(status: 404 | 409, code: PlaybackRefusalCode, detail: string): Problem {
  return new Problem(status, code, detail);
}

function notFound(): Problem {
  return refusal(404, "title_not_found", "There is no such title. Search for it on the home page.");
}

function notPlayable(errored: boolean): Problem {
  return errored
    ? refusal(
        409,
        "asset_errored",
        "This title could not be prepared. Its producer finds the reason in the studio.",
      )
    : refusal(409, "not_ready", "This title is still being prepared. Try again in a minute.");
}
