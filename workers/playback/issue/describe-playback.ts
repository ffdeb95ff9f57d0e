/** The JSON of a playback: its URLs, all under one token, and a few words about the film. */
import { posterOf } from "../../catalog/poster-folder.ts";
import type { Rating } from "../policy/outcome.ts";
import type { PlaybackClaims } from "../tokens/playback-claims.ts";

/** A playback for a player. URLs are absolute; `duration` in seconds; `expires_at` in ISO 8601. */
export interface Playback {
  playback_url: string;
  /** The DASH manifest, under the same token; null for an encrypted title, which is HLS only. */
  dash_url: string | null;
  expires_at: string;
  /** The next change of the rules for this viewer, for example the end of a window. Null: never. */
  changes_at: string | null;
  /** The same in seconds from now, for players that don't trust their own clock. */
  changes_in: number | null;
  asset_id: string;
  title_id: string;
  slug: string;
  title: string;
  duration: number | null;
  /** To be shown to this viewer before the film; null when the rules that apply to them name none. */
  rating: { label: string; minimum_age: number } | null;
  /** Null when there is no poster. */
  poster_url: string | null;
  /** WebVTT of the seek bar's thumbnails, under the same token; null while there is none. */
  storyboard_url: string | null;
}

/** The facts of a film that a playback shows. */
export interface PlayedFilm {
  assetId: string;
  titleId: string;
  slug: string;
  title: string;
  durationSeconds: number | null;
  encryption: "none" | "aes-128";
  /** Its pictures beside the film: posters and storyboards. */
  images: readonly { key: string; kind: string; width: number | null; height: number | null }[];
}

/** The facts that differ from viewer to viewer. */
export interface Showing {
  rating: Rating | null;
  /** The next change of the rules for them (null: never), and the present, Unix milliseconds. */
  changesAt: number | null;
  now: number;
  /** Languages that the viewer chose (`audio`, `text`); none: their device and the rules decide. */
  languages: URLSearchParams;
}

/** Describes a playback. @param origin of the URLs, `https://host`; @param token signed over `claims` */
export function describePlayback(
  film: PlayedFilm,
  origin: string,
  token: string,
  claims: Pick<PlaybackClaims, "exp">,
  { rating, languages, changesAt, now }: Showing,
): Playback {
  const query = languages.size === 0 ? "" : `?${languages}`;
  const base = `${origin}/v/${token}`;
  const image = film.images.find(({ kind }) => kind === "image");
  const poster = image === undefined ? null : posterOf(film.assetId, image);
  const storyboard = film.images.find(({ kind }) => kind === "storyboard");
  return {
    playback_url: `${base}/main.m3u8${query}`,
    dash_url: film.encryption === "none" ? `${base}/manifest.mpd${query}` : null,
    expires_at: new Date(claims.exp * 1000).toISOString(),
    changes_at: changesAt === null ? null : new Date(changesAt).toISOString(),
    changes_in: changesAt === null ? null : (changesAt - now) / 1000,
    asset_id: film.assetId,
    title_id: film.titleId,
    slug: film.slug,
    title: film.title,
    duration: film.durationSeconds,
    rating: rating === null ? null : { label: rating.label, minimum_age: rating.minimumAge },
    poster_url: poster === null ? null : `${origin}${poster.folder}/poster-1280.jpg`,
    storyboard_url: storyboard === undefined ? null : `${base}/${storyboard.key}/storyboard.vtt`,
  };
}
