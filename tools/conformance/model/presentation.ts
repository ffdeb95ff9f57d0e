/** An HLS presentation, loaded: what rules look at. */

import type { Init, InitTrack } from "../media/read-init.ts";
import type { Segment } from "../media/read-segment.ts";
import type { Attributes } from "../playlist/attribute-list.ts";
import type {
  MediaPlaylist,
  MultivariantPlaylist,
  PlaylistEntry,
  StreamEntry,
} from "../playlist/read-any-playlist.ts";
import type { Delivery, Probe } from "./delivery.ts";

/** The format of a media playlist's segments, by their first bytes. */
export type Format = "cmaf" | "mpeg-ts" | "packed audio" | "webvtt" | "encrypted" | "unknown";

/** The purpose of a media playlist. */
export type Role = "video" | "audio" | "subtitles" | "iframes";

/** One segment, or one I-frame of an I-frame playlist. */
export interface LoadedSegment {
  entry: PlaylistEntry;
  url: string;
  /** Media sequence number. */
  sequence: number;
  /** As it is delivered; null when nobody says. */
  bytes: number | null;
  /** Fragments and samples; null when it was not loaded, or is not CMAF. */
  media: Segment | null;
  /** Its init segment's place in the track's list. */
  init: number;
  /** The first kilobytes of a WebVTT segment. */
  text: string | null;
  /** The type of the box that an I-frame's range starts with; null when it was not read. */
  firstBox: string | null;
}

/** One media playlist and what it names. */
export interface Track {
  url: string;
  /** Its name for a person: the path from the first playlist. */
  name: string;
  role: Role;
  playlist: MediaPlaylist;
  format: Format;
  /** Its init segments in order; null where one can't be read. */
  inits: (Init | null)[];
  /** The track of the init segment that the playlist is about; null when it has none. */
  main: InitTrack | null;
  segments: LoadedSegment[];
}

/** A track whose boxes could be read. */
export type CmafTrack = Track & { main: InitTrack };

/** Something that a playlist names and that can't be had or read. */
export interface Trouble {
  kind: "missing" | "unreadable";
  where: string;
  what: string;
}

/** A variant, the playlist it names and the audio that plays with it. */
export interface Variant {
  entry: StreamEntry;
  name: string;
  /** Null when its playlist can't be had. */
  track: Track | null;
}

/** An EXT-X-MEDIA rendition. */
export interface MediaRendition {
  attributes: Attributes;
  name: string;
  /** Null when it names no playlist, or one that can't be had. */
  track: Track | null;
}

/** The result of decoding a track. */
export interface DecodedTrack {
  track: Track;
  /** Pictures; null for audio. */
  frames: number | null;
  /** FFmpeg's complaints, empty when it has none. */
  errors: string;
}

/** Everything that was loaded. */
export interface Presentation {
  /** Its location, for a person. */
  location: string;
  /** Null when the first playlist is a media playlist. */
  multivariant: MultivariantPlaylist | null;
  variants: Variant[];
  iframeVariants: Variant[];
  renditions: MediaRendition[];
  tracks: Track[];
  /** Every segment was loaded, not a sample of them. */
  isWhole: boolean;
  troubles: Trouble[];
  /** The responses of files, by their kind; empty from a folder. */
  deliveries: { kind: "playlist" | "init" | "segment"; track: Track | null; delivery: Delivery }[];
  /** Questions to the server; empty from a folder. */
  probes: Probe[];
  /** The tracks as FFmpeg decoded them; null when it was not asked. */
  decoded: DecodedTrack[] | null;
}
