/** Writes the DASH manifest of a film from the same CMAF segments that HLS plays (ISO/IEC 23009-1, profile isoff-live, static). */
import type {
  AudioRendition,
  StoryboardRendition,
  TextRendition,
  VideoRendition,
} from "../hls/published-renditions.ts";
import { audioSets, storyboardSets, type TimedRendition, textSets, videoSets } from "./adaptation-sets.ts";
import { endSeconds } from "./track-timeline.ts";
import { element } from "./write-xml.ts";

/** The tracks to play, with the segments of each. */
export interface TimedTracks {
  videos: TimedRendition<VideoRendition>[];
  audios: TimedRendition<AudioRendition>[];
  texts: TextRendition[];
  storyboards: TimedRendition<StoryboardRendition>[];
}

/** Seconds of film that a player should buffer before it starts: one segment, for which `@bandwidth` is measured. */
const minBufferSeconds = 6;

/**
 * The text of the manifest; its URLs are relative, so they carry the playback token on. Pure: the same tracks in any
 * order give the same text.
 * @throws Error without any video, or when segments are not numbered from 0 without a gap.
 */
export function writeManifest({ videos, audios, texts, storyboards }: TimedTracks): string {
  if (videos.length === 0) throw new Error("A manifest needs at least one video rendition");
  const duration = Math.max(...[...videos, ...audios].map(({ timeline }) => endSeconds(timeline)));
  const sets = [
    ...videoSets(videos.toSorted((a, b) => (a.key < b.key ? -1 : 1))),
    ...audioSets(audios),
    ...textSets(texts),
    ...storyboardSets(storyboards.toSorted((a, b) => (a.key < b.key ? -1 : 1))),
  ];
  const mpd = element(
    "MPD",
    {
      xmlns: "urn:mpeg:dash:schema:mpd:2011",
      profiles: "urn:mpeg:dash:profile:isoff-live:2011",
      type: "static",
      mediaPresentationDuration: xmlDuration(duration),
      minBufferTime: xmlDuration(minBufferSeconds),
    },
    [element("Period", { id: "0", start: "PT0S" }, sets)],
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${mpd}\n`;
}

/** `xs:duration` in seconds, with microseconds where there are any. */
function xmlDuration(seconds: number): string {
  return `PT${Number(seconds.toFixed(6))}S`;
}
