/**
 * What the pipeline (Worker) and the transcoder (container) say to each other. A task goes in as one JSON request;
 * the answer is a stream of JSON lines: progress at least every two seconds, then one `done` or `failed`.
 * Worker and image are rolled out apart, so a change here must stay readable by the version before it.
 */
import { z } from "zod";

const rational = z.object({ num: z.int().positive(), den: z.int().positive() });

/** A positive fraction, for example a frame rate of 30000/1001. */
export type Rational = z.infer<typeof rational>;

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
  /** When the last frame ends, from the packet index. */
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
/** How many bits samples of a film take at the ladder's quality. */
export type Complexity = z.infer<typeof complexity>;

/** What one look at a source tells. */
export const inspection = z.object({
  /** FFmpeg's demuxer: `mov`, `matroska`, `avi`, `mpegts`, `mpeg`, `flv` or `asf`. */
  container: z.string(),
  bytes: z.int(),
  startSeconds: seconds,
  durationSeconds: seconds,
  video: videoStream,
  audio: z.array(audioStream),
  /** Subtitles, those that are pictures too. */
  text: z.array(textStream).optional(),
  /** Null where it was not measured. */
  complexity: complexity.nullable().default(null),
  otherStreams: z.array(z.object({ index: z.int(), type: z.string(), codec: z.string().nullable() })),
});
/** See {@link inspection}. */
export type Inspection = z.infer<typeof inspection>;

/** The timeline that all video renditions of an asset share; everything on it is counted in whole frames. */
export const grid = z.object({
  frameRate: rational,
  /** Ticks per second of the video tracks, and ticks per frame: timescale / frameTicks = frameRate. */
  timescale: z.int().positive(),
  frameTicks: z.int().positive(),
  frames: z.int().positive(),
  gopFrames: z.int().positive(),
  segmentFrames: z.int().positive(),
  /** Where frame 0 lies on the source's clock, and where that clock starts, seconds. */
  originSeconds: seconds,
  containerStartSeconds: seconds,
});
/** See {@link grid}. */
export type Grid = z.infer<typeof grid>;

/** One video rendition as the encoder is told to make it. */
export const rung = z.object({
  key: z.string(),
  codec: z.enum(["h264", "hevc", "av1"]),
  width: z.int().positive(),
  height: z.int().positive(),
  crf: z.number(),
  maxrateKbps: z.int().positive(),
  level: z.string(),
});
/** See {@link rung}. */
export type Rung = z.infer<typeof rung>;

const pictureSize = z.object({ width: z.int().positive(), height: z.int().positive() });

/** How the decoded picture is made ready before it is scaled to the rungs. */
export const pictureFilters = z.object({
  deinterlace: z.boolean(),
  toneMap: z.boolean(),
  /**
   * The coded size. Pictures that come in another size in mid-stream are brought to it. Absent when the picture is turned:
   * FFmpeg turns it before any filter of ours, and can't turn another size.
   */
  source: pictureSize.optional(),
  /** The ladder's largest size, whichever rungs this task makes: what all rungs are scaled from. */
  largest: pictureSize.optional(),
  /** All sizes that the ladder has for the film: the steps on which it is scaled down. */
  sizes: z.array(pictureSize).optional(),
});
/** See {@link pictureFilters}. */
export type PictureFilters = z.infer<typeof pictureFilters>;

const inspectTask = z.object({ kind: z.literal("inspect"), bytes: z.int() });

const remuxTask = z.object({ kind: z.literal("remux"), container: z.string(), bytes: z.int() });

const slice = z.object({
  key: z.string(),
  streamIndex: z.int(),
  channels: z.int().positive().default(2),
  firstSample: z.int().nonnegative(),
  endSample: z.int().positive(),
});

const videoTask = z.object({
  kind: z.literal("video"),
  grid,
  streamIndex: z.int(),
  /** The chunk: frames [firstFrame, endFrame) of the grid. */
  firstFrame: z.int().nonnegative(),
  endFrame: z.int().positive(),
  /** How many frames at the end may repeat the last picture (a long last frame of a variable-rate source). */
  tailFrames: z.int().nonnegative(),
  filters: pictureFilters,
  rungs: z.array(rung),
  /** Audio tracks to cut in the same run, as in {@link soundTask}. */
  slices: z.array(slice).default([]),
});

const soundTask = z.object({
  kind: z.literal("sound"),
  grid,
  /** The piece of film whose sound is cut: frames [firstFrame, endFrame) of the grid. */
  firstFrame: z.int().nonnegative(),
  endFrame: z.int().positive(),
  /** Audio tracks to cut: FLAC of samples [firstSample, endSample) at 48 kHz, in stereo or 5.1, stored under `key`. */
  slices: z.array(slice).min(1),
});

const copyTask = z.object({
  kind: z.literal("copy"),
  key: z.string(),
  grid,
  streamIndex: z.int(),
  /** Size of the source. */
  bytes: z.int(),
});

const audioTask = z.object({
  kind: z.literal("audio"),
  key: z.string(),
  bitrateKbps: z.int().positive(),
  channels: z.int().positive(),
  /** What the track is brought to (EBU R 128): loudness, the highest true peak, and how far a gain and a limiter may go. */
  loudness: z
    .object({
      targetLufs: z.number(),
      ceilingDbtp: z.number(),
      maxGainDb: z.number(),
      maxLimitingDb: z.number(),
    })
    .optional(),
  /** Keys of the FLAC slices in order, and how many samples they hold together. */
  slices: z.array(z.string()).min(1),
  samples: z.int().positive(),
  /** The video segment's length, frames and rate: audio segments end at the AAC frame nearest to each video segment's end. */
  segmentFrames: z.int().positive(),
  frameRate: rational,
});

const textTask = z.object({
  kind: z.literal("text"),
  grid,
  /** How many video segments one segment of text spans. */
  segmentsPerFile: z.int().positive(),
  /** All of a film's subtitle tracks in one task, because each read of them reads the whole source. */
  tracks: z.array(z.object({ key: z.string(), streamIndex: z.int(), codec: z.string() })).min(1),
});

/** How thumbnails lie on the sheets of a storyboard: rows from the top, in each from the left. */
export const tiles = z.object({
  columns: z.int().positive(),
  rows: z.int().positive(),
  /** Of one thumbnail, pixels. */
  width: z.int().positive(),
  height: z.int().positive(),
});
/** See {@link tiles}. */
export type Tiles = z.infer<typeof tiles>;

const storyboardTask = z.object({
  kind: z.literal("storyboard"),
  key: z.string(),
  /** The stored video rendition whose I-frames it is made of. */
  from: z.string(),
  grid,
  tiles,
  /** From one thumbnail to the next, frames of the grid: whole GOPs. */
  intervalFrames: z.int().positive(),
});

const posterTask = z.object({
  kind: z.literal("poster"),
  key: z.string(),
  streamIndex: z.int(),
  atSeconds: seconds,
  filters: pictureFilters,
  /** Pictures to make: file name and size. */
  images: z.array(z.object({ file: z.string(), width: z.int().positive(), height: z.int().positive() })),
});

/** What a task asks for; stored in D1 with the task. */
export const taskSpec = z.discriminatedUnion("kind", [
  inspectTask,
  remuxTask,
  copyTask,
  soundTask,
  videoTask,
  audioTask,
  textTask,
  storyboardTask,
  posterTask,
]);
/** See {@link taskSpec}. */
export type TaskSpec = z.infer<typeof taskSpec>;
/** The spec of a video chunk. */
export type VideoTask = z.infer<typeof videoTask>;
/** The spec of a piece of film whose sound is cut for the audio tracks' encodes. */
export type SoundTask = z.infer<typeof soundTask>;
/** The spec of a rendition that is the source's own pictures, in other boxes. */
export type CopyTask = z.infer<typeof copyTask>;
/** The spec of an audio track's encode. */
export type AudioTask = z.infer<typeof audioTask>;
/** The spec of a film's subtitle tracks. */
export type TextTask = z.infer<typeof textTask>;
/** The spec of a film's storyboard. */
export type StoryboardTask = z.infer<typeof storyboardTask>;
/** The spec of an asset's posters. */
export type PosterTask = z.infer<typeof posterTask>;

/** A task as the transcoder receives it. `api` is where it reads the source and puts results; it carries the grant. */
export const taskRequest = z.object({ taskId: z.string(), api: z.url(), spec: taskSpec });
/** See {@link taskRequest}. */
export type TaskRequest = z.infer<typeof taskRequest>;

const storedObject = z.object({ file: z.string(), bytes: z.int(), md5: z.string(), sha256: z.string() });
/** An object as it was put into R2: its digests are hex. */
export type StoredObject = z.infer<typeof storedObject>;

const segmentReport = storedObject.extend({
  /** On the track's own timescale. */
  start: z.int(),
  duration: z.int(),
  frames: z.int(),
  /** I-frames: byte offset of the fragment, bytes up to the end of its first sample, and the GOP's duration in ticks. */
  iframes: z.array(z.object({ offset: z.int(), bytes: z.int(), duration: z.int() })),
});
/** One stored segment: where it lies on the timeline and where its I-frames are. */
export type SegmentReport = z.infer<typeof segmentReport>;

/**
 * What an audio track measured before it was brought to its target, null for silence; by how much it was made louder; and
 * whether its peaks had to be limited for that.
 */
export const loudnessReport = z.object({
  integratedLufs: z.number().nullable(),
  truePeakDbtp: z.number().nullable(),
  targetLufs: z.number(),
  gainDb: z.number(),
  isLimited: z.boolean(),
});
/** See {@link loudnessReport}. */
export type LoudnessReport = z.infer<typeof loudnessReport>;

/** What one task stored of one rendition: a chunk of a video track, or a whole track of another kind. */
export const renditionReport = z.object({
  key: z.string(),
  codecs: z.string(),
  timescale: z.int().positive(),
  /** Null for what is no MP4: text, pictures. */
  init: storedObject.nullable(),
  /** Of an audio track that was brought to a target loudness. */
  loudness: loudnessReport.optional(),
  /** Of a storyboard, whose segments are its sheets. */
  tiles: tiles.extend({ intervalTicks: z.int().positive() }).optional(),
  segments: z.array(segmentReport),
});
/** See {@link renditionReport}. */
export type RenditionReport = z.infer<typeof renditionReport>;

/** What a task made. */
export const taskReport = z.object({
  inspection: inspection.optional(),
  /** Size of the Matroska copy that a remux task stored, bytes. */
  copyBytes: z.int().optional(),
  renditions: z.array(renditionReport),
  slices: z.array(storedObject.extend({ key: z.string(), samples: z.int() })),
  images: z.array(storedObject),
  /** Renditions that the film can do without and that could not be made, and why. */
  leftOut: z.array(z.object({ key: z.string(), reason: z.string() })).optional(),
  /** What is not as it should be and did not stop the task: a code, and half a sentence. */
  warnings: z.array(z.object({ code: z.string(), detail: z.string() })).optional(),
  usage: z.object({ wallSeconds: z.number(), cpuSeconds: z.number(), peakBytes: z.int() }),
});
/** See {@link taskReport}. */
export type TaskReport = z.infer<typeof taskReport>;

/** Why a task ended without a result. `retryable`: the same task may succeed at another time. */
export const taskFailureBody = z.object({
  code: z.string(),
  detail: z.string(),
  retryable: z.boolean(),
  log: z.string(),
});

/** One line of the transcoder's answer. */
export const taskEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("progress"), fraction: z.number().min(0).max(1) }),
  z.object({ type: z.literal("done"), report: taskReport }),
  z.object({ type: z.literal("failed"), failure: taskFailureBody }),
]);
/** See {@link taskEvent}. */
export type TaskEvent = z.infer<typeof taskEvent>;
