/** The renditions of an asset that may be played, as values that are complete. */
import type { InferSelectModel } from "drizzle-orm";
import type { renditions } from "../catalog/schema.ts";

type Row = InferSelectModel<typeof renditions>;

/** A video quality; bit rates are measured, in bits per second (RFC 8216 §4.3.4.2). */
export interface VideoRendition {
  key: string;
  codecs: string;
  width: number;
  height: number;
  frameRate: number;
  bandwidth: number;
  averageBandwidth: number | null;
  /** Null when there is no I-frame playlist. */
  iframeBandwidth: number | null;
}

/** An audio track; bit rates as of {@link VideoRendition}. */
export interface AudioRendition {
  key: string;
  label: string;
  codecs: string;
  channels: number;
  /** BCP 47; null when it is not known. */
  language: string | null;
  bandwidth: number;
  averageBandwidth: number | null;
}

/**
 * Picks what a multivariant playlist can name: renditions that are `ready` and say all that the playlist must say
 * (CODECS, BANDWIDTH and so on are a MUST of Apple's authoring specification, 9.1–9.15). Pure; sorted by key.
 */
export function publishedRenditions(rows: readonly Row[]): {
  videos: VideoRendition[];
  audios: AudioRendition[];
} {
  const videos: VideoRendition[] = [];
  const audios: AudioRendition[] = [];
  for (const row of rows.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    const { key, label, codecs, width, height, frameRate, channels, language, bandwidth } = row;
    if (row.status !== "ready" || codecs === null || bandwidth === null) continue;
    const { averageBandwidth, iframeBandwidth } = row;
    if (row.kind === "video" && width !== null && height !== null && frameRate !== null) {
      videos.push({ key, codecs, width, height, frameRate, bandwidth, averageBandwidth, iframeBandwidth });
    }
    if (row.kind === "audio" && channels !== null) {
      audios.push({ key, label, codecs, channels, language, bandwidth, averageBandwidth });
    }
  }
  return { videos, audios };
}
