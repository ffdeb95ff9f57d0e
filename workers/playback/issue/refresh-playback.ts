/**
 * Gives a playing player a new token for the same film, before or just after the old one ends. Bindings go on, and the rules
 * apply as to any request. Reads only the caches that segments use too.
 */
import { originFor } from "../../http/own-origins.ts";
import { Problem } from "../../http/problem.ts";
import { decideTitle } from "../policy/decide-title.ts";
import { readPlayableTitle } from "../policy/playable-title.ts";
import { refusalProblem } from "../policy/refusals.ts";
import {
  type Bindings,
  checkTimes,
  type PlaybackClaims,
  playbackClaims,
  tokenLifetime,
} from "../tokens/playback-claims.ts";
import { checkSignature, signPlaybackToken } from "../tokens/playback-token.ts";
import { restrictRequest } from "../tokens/restrict-request.ts";
import { viewerOf } from "../viewer.ts";
import { describePlayback, type Playback } from "./describe-playback.ts";

/** Time after its end in which a token can still be exchanged for a new one, ms: for a laptop that was shut, or a tunnel. */
const graceMs = 10 * 60 * 1000;

type Bound = Pick<Env, "PLAYBACK_KEYS" | "PLAYBACK_TOKEN_SECONDS" | "COUNTRY_OVERRIDE" | "PUBLIC_ORIGINS">;

/** The token in a URL of ours, `…/v/{token}/…`; null when there is none. */
export function tokenIn(url: string): string | null {
  return /\/v\/([^/?#]+)\//.exec(url)?.[1] ?? null;
}

/** The languages that a viewer chose for a playback URL. */
export function languagesIn(url: string): URLSearchParams {
  const query = URL.parse(url, "http://relative")?.searchParams ?? new URLSearchParams();
  const chosen = ["audio", "text"].flatMap((name) => query.getAll(name).map((value) => [name, value]));
  return new URLSearchParams(chosen);
}

/**
 * A new playback for the holder of `token` who chose these `languages`, and sends `request` at `now` (Unix milliseconds); and
 * the one web origin whose pages may read the answer (null: any).
 * @throws Problem 403 `token_not_renewable` (a producer signed it: they sign the next one), `presentation_changed`, those of
 * `verifyPlaybackToken` and `restrictRequest`; 410 `no_longer_available`; and those of `refusals`.
 */
export async function refreshPlayback(
  env: Bound,
  token: string,
  languages: URLSearchParams,
  request: Request,
  now: number,
): Promise<{ playback: Playback; readableBy: string | null }> {
  const old = await checkSignature(env, token, now);
  if (old.producerId !== null) {
    throw new Problem(
      403,
      "token_not_renewable",
      "This playback URL is signed by the film's producer. Ask them for the next one.",
    );
  }
  const isJustOver = now < old.exp * 1000 + graceMs;
  checkTimes(old, false, isJustOver ? Math.min(now, old.exp * 1000 - 1) : now);
  const film = await readPlayableTitle(old.asset, now);
  if (film === null) {
    throw new Problem(410, "no_longer_available", "This title was taken down. Choose another one to watch.");
  }
  const { encryption, encryptionChangedAt } = film;
  if (encryption !== "none" && old.iat * 1000 < (encryptionChangedAt ?? 0)) {
    // Clear files stay open only to tokens from before the change, until these end: see `refuseClearMedia`.
    throw new Problem(
      403,
      "presentation_changed",
      "This film is now delivered in another form. Ask for its playback URL again, and load it at your present position.",
    );
  }
  const viewer = viewerOf(request, env);
  const readableBy = restrictRequest(env, old, film, request, viewer.country);
  const decision = decideTitle(film, viewer, now, { limit: { maxHeight: old.max_height ?? null } });
  if (!decision.allowed) throw refusalProblem(decision);
  const origin = originFor(request, env);
  const claims = playbackClaims(
    {
      title: film.titleId,
      asset: film.assetId,
      durationSeconds: film.durationSeconds ?? 0,
      lifetimeSeconds: tokenLifetime(env),
      bindings: bindingsOf(old),
    },
    now,
  );
  const { changesAt } = decision;
  const { rating } = decision.outcome;
  const renewed = await signPlaybackToken(env, claims);
  const playback = describePlayback(film, origin, renewed, claims, {
    rating,
    languages,
    changesAt,
    now,
  });
  return { playback, readableBy };
}

function bindingsOf({ countries, ip, max_height, origins }: PlaybackClaims): Bindings {
  return {
    ...(countries === undefined ? {} : { countries }),
    ...(ip === undefined ? {} : { ip }),
    ...(max_height === undefined ? {} : { max_height }),
    ...(origins === undefined ? {} : { origins }),
  };
}
