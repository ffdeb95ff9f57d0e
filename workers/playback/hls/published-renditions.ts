/** The published renditions of an asset, as complete values. */
import type { InferSelectModel } from "drizzle-orm";
import type { renditions } from "../../catalog/schema.ts";

/** The columns that playlists need. */
type Row = Pick<
  InferSelectModel<typeof renditions>,
  | (
      | "key"
      | "kind"
      | "label"
      | "status"
      | "codecs"
      | "width"
      | "height"
      | "frameRate"
      | "channels"
      | "language"
    )
  | ("isDefault" | "isForced" | "isSdh" | "bandwidth" | "averageBandwidth" | "iframeBandwidth")
>;

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
  /** Plays unless the viewer chooses another. */
  isDefault: boolean;
  bandwidth: number;
  averageBandwidth: number | null;
}

/** A subtitle track. */
export interface TextRendition {
  key: string;
  label: string;
  /** BCP 47; null when it is not known. */
  language: string | null;
  /** Shown unless the viewer chooses otherwise. */
  isDefault: boolean;
  /** Belongs to the picture: translates signs and foreign words for those who hear the film in this language. */
  isForced: boolean;
  /** For the deaf and hard of hearing. */
  isSdh: boolean;
}

/** The sheets of thumbnails of a storyboard; width and height are a thumbnail's, pixels. */
export interface StoryboardRendition {
  key: string;
  width: number;
  height: number;
  /** Bits per second of film. */
  bandwidth: number;
}

/** All tracks of a film that a playlist can name. */
export interface PublishedTracks {
  videos: VideoRendition[];
  audios: AudioRendition[];
  texts: TextRendition[];
  storyboards: StoryboardRendition[];
}

/**
 * Picks the renditions that a multivariant playlist can name: those that are `ready` and have all that it must state
 * (CODECS, BANDWIDTH and so on are a MUST of Apple's authoring specification, 9.1–9.15). Pure; sorted by key.
 */
export function publishedRenditions(rows: readonly Row[]): PublishedTracks {
  const videos: VideoRendition[] = [];
  const audios: AudioRendition[] = [];
  const texts: TextRendition[] = [];
  const storyboards: StoryboardRendition[] = [];
  for (const row of rows.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    const { key, label, codecs, width, height, frameRate, channels, language, bandwidth } = row;
    if (row.status !== "ready" || codecs === null || bandwidth === null) continue;
    const { averageBandwidth, iframeBandwidth } = row;
    if (row.kind === "video" && width !== null && height !== null && frameRate !== null) {
      videos.push({ key, codecs, width, height, frameRate, bandwidth, averageBandwidth, iframeBandwidth });
    }
    if (row.kind === "audio" && channels !== null) {
      const { isDefault } = row;
      audios.push({ key, label, codecs, channels, language, isDefault, bandwidth, averageBandwidth });
    }
    if (row.kind === "storyboard" && width !== null && height !== null) {
      storyboards.push({ key, width, height, bandwidth });
    }
    if (row.kind === "text") {
      const { isDefault, isForced, isSdh } = row;
      texts.push({ key, label, language, isDefault, isForced, isSdh });
    }
  }
  return { videos, audios, texts, storyboards };
}
