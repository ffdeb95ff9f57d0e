/** Issues a playback URL to a viewer: the one moment where a title becomes a token. */
import { and, desc, eq, inArray, isNull, or } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { posterOf } from "../catalog/poster-folder.ts";
import { assets, renditions, titles } from "../catalog/schema.ts";
import { Problem } from "../http/problem.ts";
import { playbackClaims, signPlaybackToken } from "./playback-token.ts";
import { decideRules, type PolicyViewer } from "./policy/decide-rules.ts";
import { decideTitle } from "./policy/decide-title.ts";
import { readTitleRules } from "./policy/read-title-rules.ts";
import { refusalProblem } from "./policy/refusals.ts";
import { readTitlePolicy } from "./title-policy.ts";

/** Who asks (as `viewerOf` tells it), and the origin that the URLs shall have, `https://host`. */
export interface Viewer extends PolicyViewer {
  origin: string;
}

/** What a player needs. URLs are absolute; `duration` in seconds; `expires_at` in ISO 8601. */
export interface Playback {
  playback_url: string;
  expires_at: string;
  asset_id: string;
  title_id: string;
  slug: string;
  title: string;
  duration: number | null;
  /** Null when there is no poster. */
  poster_url: string | null;
  /** WebVTT of the seek bar's thumbnails, under the same token; null while there is none. */
  storyboard_url: string | null;
}

/**
 * Issues a playback URL for the title with this slug or id, at `now` (Unix milliseconds).
 * @throws Problem 404 `title_not_found`, 409 `not_ready` or `asset_errored`, and those of
 * `refusals`.
 */
export async function issuePlayback(
  env: Pick<Env, "DB" | "PLAYBACK_KEYS">,
  viewer: Viewer,
  wanted: { title: string },
  now: number,
): Promise<Playback> {
  const db = openDatabase(env);
  const title = await db
    .select()
    .from(titles)
    .where(or(eq(titles.slug, wanted.title), eq(titles.id, wanted.title)))
    .get();
  if (title === undefined) throw notFound();
  const [uploaded, images] = await db.batch([
    db
      .select()
      .from(assets)
      .where(and(eq(assets.titleId, title.id), isNull(assets.deletedAt)))
      .orderBy(desc(assets.createdAt)),
    db
      .select({
        key: renditions.key,
        kind: renditions.kind,
        width: renditions.width,
        height: renditions.height,
      })
      .from(renditions)
      .where(
        and(
          eq(renditions.assetId, title.assetId ?? ""),
          inArray(renditions.kind, ["image", "storyboard"]),
          eq(renditions.status, "ready"),
        ),
      ),
  ]);
  const newest = uploaded[0];
  if (newest === undefined) throw notFound();
  const asset = uploaded.find(({ id }) => id === title.assetId);
  // Read afresh: whatever this isolate holds may be from before the film was published.
  const document = asset === undefined ? null : await readTitlePolicy(env, asset.id, now, 0);
  const decision =
    document === null
      ? decideRules(await readTitleRules(env, title, now), viewer, now)
      : decideTitle(document, viewer, now);
  if (!decision.allowed) throw refusalProblem(decision);
  if (asset === undefined || document === null) throw notPlayable(newest.status === "errored");
  const durationSeconds = asset.durationSeconds ?? 0;
  const claims = playbackClaims({ title: title.id, asset: asset.id, durationSeconds }, now);
  const token = await signPlaybackToken(env, claims);
  const image = images.find(({ kind }) => kind === "image");
  const poster = image === undefined ? null : posterOf(asset.id, image);
  const storyboard = images.find(({ kind }) => kind === "storyboard");
  const base = `${viewer.origin}/v/${token}`;
  return {
    playback_url: `${base}/main.m3u8`,
    expires_at: new Date(claims.exp * 1000).toISOString(),
    asset_id: asset.id,
    title_id: title.id,
    slug: title.slug,
    title: title.title,
    duration: asset.durationSeconds,
    poster_url: poster === null ? null : `${viewer.origin}${poster.folder}/poster-1280.jpg`,
    storyboard_url: storyboard === undefined ? null : `${base}/${storyboard.key}/storyboard.vtt`,
  };
}

function notFound(): Problem {
  return new Problem(404, "title_not_found", "There is no such title. Look for it on the home page.");
}

function notPlayable(errored: boolean): Problem {
  return errored
    ? new Problem(
        409,
        "asset_errored",
        "This title could not be prepared. Its producer finds out why in the studio.",
      )
    : new Problem(409, "not_ready", "This title is still being prepared. Try again in a minute.");
}
