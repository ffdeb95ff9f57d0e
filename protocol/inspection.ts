/**
 * The facts about a source that one inspection finds. Texts and lists are the producer's, so each has a bound: what a file
 * says beyond it is cut off where it is read, and stored nowhere.
 */
import { z } from "zod";
import { cutText } from "./cut-text.ts";
import { rational } from "./rational.ts";

/** Tracks of all kinds together; a film with more is refused. */
export const maxTracks = 64;

/** Longest part of a track's title that is kept, characters. */
export const maxLabelCharacters = 200;

/** Longest language tag that is kept, characters: RFC 5646 §4.4.1 wants room for 35. */
const maxLanguageCharacters = 35;

/** Longest name of a codec, a profile or a format, characters: FFmpeg's own are half of it. */
const maxNameCharacters = 64;

/** Samples of a film whose difficulty is measured. */
const maxWindows = 100;

const seconds = z.number();
const label = cutTo(maxLabelCharacters);
const language = cutTo(maxLanguageCharacters);
const name = cutTo(maxNameCharacters);

/** A text of which the first characters are kept. */
function cutTo(characters: number): z.ZodString {
  return z.string().overwrite((text) => cutText(text, characters));
}

const videoStream = z.object({
  index: z.int(),
  codec: name,
  profile: name.nullable(),
  pixelFormat: name.nullable(),
  /** Coded size before rotation, pixels. */
  width: z.int().positive(),
  height: z.int().positive(),
  /** Clockwise turn that the player must apply: 0, 90, 180 or 270. */
  rotation: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
  sampleAspect: rational,
  interlaced: z.boolean(),
  transfer: name.nullable(),
  /** The rate the container states (`r_frame_rate`) and the measured mean (`avg_frame_rate`). */
  statedRate: rational.nullable(),
  averageRate: rational.nullable(),
  startSeconds: seconds,
  /** The end of the last frame, from the packet index. */
  endSeconds: seconds,
  lastFrameSeconds: seconds,
});

const audioStream = z.object({
  index: z.int(),
  codec: name,
  channels: z.int().positive(),
  sampleRate: z.int().positive(),
  /** As the container states it (ISO 639-2 or BCP 47), null when it does not. */
  language: language.nullable(),
  title: label.nullable(),
  isDefault: z.boolean(),
});

const textStream = z.object({
  index: z.int(),
  codec: name,
  language: language.nullable(),
  title: label.nullable(),
  isDefault: z.boolean(),
  isForced: z.boolean(),
  /** For the deaf and hard of hearing. */
  isSdh: z.boolean(),
});

const complexity = z.object({
  /** Windows were scaled to this short side, pixels, and encoded at this CRF. */
  shortSide: z.int().positive(),
  crf: z.number(),
  windows: z
    .array(z.object({ atSeconds: seconds, kbps: z.number() }))
    .min(1)
    .max(maxWindows),
});
/** The bit rate of samples of a film at the ladder's quality. */
export type Complexity = z.infer<typeof complexity>;

/** The facts that one look at a source finds. */
export const inspection = z.object({
  /** FFmpeg's demuxer: `mov`, `matroska`, `avi`, `mpegts`, `mpeg`, `flv` or `asf`. */
  container: name,
  bytes: z.int(),
  startSeconds: seconds,
  durationSeconds: seconds,
  video: videoStream,
  audio: z.array(audioStream).max(maxTracks),
  /** Subtitles, those that are pictures too. */
  text: z.array(textStream).max(maxTracks),
  /** Null where it was not measured. */
  complexity: complexity.nullable(),
  otherStreams: z.array(z.object({ index: z.int(), type: name, codec: name.nullable() })).max(maxTracks),
});
/** See {@link inspection}. */
export type Inspection = z.infer<typeof inspection>;
