/** The facts about a source that one inspection finds. */
import { z } from "zod";
import { rational } from "./rational.ts";

const seconds = z.number();

const videoStream = z.object({
  index: z.int(),
  codec: z.string(),
  profile: z.string().nullable(),
  pixelFormat: z.string().nullable(),
  /** Coded size before rotation, pixels. */
  width: z.int().positive(),
  height: z.int().positive(),
  /** Clockwise turn that the player must apply: 0, 90, 180 or 270. */
  rotation: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
  sampleAspect: rational,
  interlaced: z.boolean(),
  transfer: z.string().nullable(),
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
  codec: z.string(),
  channels: z.int().positive(),
  sampleRate: z.int().positive(),
  /** As the container states it (ISO 639-2 or BCP 47), null when it does not. */
  language: z.string().nullable(),
  title: z.string().nullable(),
  isDefault: z.boolean(),
});

const textStream = z.object({
  index: z.int(),
  codec: z.string(),
  language: z.string().nullable(),
  title: z.string().nullable(),
  isDefault: z.boolean(),
  isForced: z.boolean(),
  /** For the deaf and hard of hearing. */
  isSdh: z.boolean(),
});

const complexity = z.object({
  /** Windows were scaled to this short side, pixels, and encoded at this CRF. */
  shortSide: z.int().positive(),
  crf: z.number(),
  windows: z.array(z.object({ atSeconds: seconds, kbps: z.number() })).min(1),
});
/** The bit rate of samples of a film at the ladder's quality. */
export type Complexity = z.infer<typeof complexity>;

/** The facts that one look at a source finds. */
export const inspection = z.object({
  /** FFmpeg's demuxer: `mov`, `matroska`, `avi`, `mpegts`, `mpeg`, `flv` or `asf`. */
  container: z.string(),
  bytes: z.int(),
  startSeconds: seconds,
  durationSeconds: seconds,
  video: videoStream,
  audio: z.array(audioStream),
  /** Subtitles, those that are pictures too. */
  text: z.array(textStream),
  /** Null where it was not measured. */
  complexity: complexity.nullable(),
  otherStreams: z.array(z.object({ index: z.int(), type: z.string(), codec: z.string().nullable() })),
});
/** See {@link inspection}. */
export type Inspection = z.infer<typeof inspection>;
