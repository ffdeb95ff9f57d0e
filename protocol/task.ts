/** The tasks that the pipeline gives to a transcoder: one bounded unit of work each, complete in itself. */
import { z } from "zod";
import { audioCodecNames, videoCodecNames } from "./codecs.ts";
import { grid } from "./grid.ts";
import { rational } from "./rational.ts";

/** One video rendition and its encoder's settings. */
export const rung = z.object({
  key: z.string(),
  codec: z.enum(videoCodecNames),
  width: z.int().positive(),
  height: z.int().positive(),
  crf: z.number(),
  maxrateKbps: z.int().positive(),
  level: z.string(),
});
/** See {@link rung}. */
export type Rung = z.infer<typeof rung>;

const pictureSize = z.object({ width: z.int().positive(), height: z.int().positive() });

/** The filters that the decoded picture passes before it is scaled to the rungs. */
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

/** One audio track's part of a piece of film: samples [firstSample, endSample) at 48 kHz, in stereo or 5.1. */
const slice = z.object({
  key: z.string(),
  streamIndex: z.int(),
  channels: z.int().positive(),
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
  /** Frames at the end that may repeat the last picture (a long last frame of a variable-rate source). */
  tailFrames: z.int().nonnegative(),
  filters: pictureFilters,
  rungs: z.array(rung).min(1),
});

const audioSlicesTask = z.object({
  kind: z.literal("audio-slices"),
  grid,
  /** The piece of film whose sound is cut: frames [firstFrame, endFrame) of the grid. */
  firstFrame: z.int().nonnegative(),
  endFrame: z.int().positive(),
  /** Each is stored as FLAC under its `key`. */
  slices: z.array(slice).min(1),
});

const passthroughTask = z.object({
  kind: z.literal("passthrough"),
  key: z.string(),
  grid,
  streamIndex: z.int(),
  /** Size of the source. */
  bytes: z.int(),
});

const audioTask = z.object({
  kind: z.literal("audio"),
  key: z.string(),
  codec: z.enum(audioCodecNames),
  bitrateKbps: z.int().positive(),
  channels: z.int().positive(),
  /** The track's target (EBU R 128): loudness, the highest true peak, and the most that a gain and a limiter may do. */
  loudness: z.object({
    targetLufs: z.number(),
    ceilingDbtp: z.number(),
    maxGainDb: z.number(),
    maxLimitingDb: z.number(),
  }),
  /** Keys of the FLAC slices in order, and how many samples they hold together. */
  slices: z.array(z.string()).min(1),
  samples: z.int().positive(),
  /**
   * The video segment's length, frames and rate: audio segments end at the frame nearest to each video segment's
   * end.
   */
  segmentFrames: z.int().positive(),
  frameRate: rational,
});

const textTask = z.object({
  kind: z.literal("text"),
  grid,
  /** Video segments that one segment of text spans. */
  segmentsPerFile: z.int().positive(),
  /** All of a film's subtitle tracks in one task, because each read of them reads the whole source. */
  tracks: z.array(z.object({ key: z.string(), streamIndex: z.int(), codec: z.string() })).min(1),
});

/** The layout of thumbnails on the sheets of a storyboard: rows from the top, in each from the left. */
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
  atSeconds: z.number(),
  filters: pictureFilters,
  /** Pictures to make: file name and size. */
  images: z.array(z.object({ file: z.string(), width: z.int().positive(), height: z.int().positive() })),
});

/** The order of a task; stored in D1 with it. */
export const taskSpec = z.discriminatedUnion("kind", [
  inspectTask,
  remuxTask,
  passthroughTask,
  audioSlicesTask,
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
export type AudioSlicesTask = z.infer<typeof audioSlicesTask>;
/** The spec of a rendition that passes the source's own pictures through, in other boxes. */
export type PassthroughTask = z.infer<typeof passthroughTask>;
/** The spec of an audio track's encode. */
export type AudioTask = z.infer<typeof audioTask>;
/** The spec of a film's subtitle tracks. */
export type TextTask = z.infer<typeof textTask>;
/** The spec of a film's storyboard. */
export type StoryboardTask = z.infer<typeof storyboardTask>;
/** The spec of an asset's posters. */
export type PosterTask = z.infer<typeof posterTask>;

/**
 * A task as the transcoder receives it. `api` is the address at which it reads the source and puts results; it carries
 * the grant. With `alone` it begins when no other task runs there any more, and no other begins before it has ended.
 */
export const taskRequest = z.object({
  taskId: z.string(),
  api: z.url(),
  spec: taskSpec,
  alone: z.boolean().default(false),
});
/** See {@link taskRequest}. */
export type TaskRequest = z.infer<typeof taskRequest>;
