/** Puts a manifest together at the origin: the tracks of a class, and the times of their segments from the ledgers in R2. */
import type { PublishedTracks } from "../hls/published-renditions.ts";
import type { TimedRendition } from "./adaptation-sets.ts";
import { type TrackTimeline, trackTimeline } from "./track-timeline.ts";
import { writeManifest } from "./write-manifest.ts";

/** The text of the manifest; null when a ledger is missing. @throws Error when a ledger is not as publishing writes it. */
export async function assembleManifest(
  env: Pick<Env, "MEDIA">,
  assetId: string,
  { videos, audios, texts, storyboards }: PublishedTracks,
): Promise<string | null> {
  const timelines = new Map<string, TrackTimeline>();
  // One after the other: the ledgers of a long film are large, and a Worker's memory is not.
  for (const { key } of [...videos, ...audios, ...storyboards]) {
    const stored = await env.MEDIA.get(`media/${assetId}/${key}/ledger.json`);
    if (stored === null) return null;
    timelines.set(key, trackTimeline.parse(await stored.json()));
  }
  const timed = <T extends { key: string }>(tracks: readonly T[]): TimedRendition<T>[] =>
    tracks.flatMap((track) => {
      const timeline = timelines.get(track.key);
      return timeline === undefined ? [] : [{ ...track, timeline }];
    });
  return writeManifest({
    videos: timed(videos),
    audios: timed(audios),
    texts,
    storyboards: timed(storyboards),
  });
}
