/**
 * The transcoder's answers: reports of what a task stored, and the lines in which they come. Lists and texts have bounds well
 * above what a film of twelve hours takes, so that no report is larger than a database or an isolate can hold.
 */
import { z } from "zod";
import { cutText } from "./cut-text.ts";
import { inspection, maxTracks } from "./inspection.ts";
import { tiles } from "./task.ts";

/** Segments of a rendition: 12 h have 7,200, passed-through ones up to twice as many. */
const maxSegments = 20_000;

/** I-frames of a segment of 10.5 s: every picture of a film at 120 frames a second has 1,260. */
const maxIframes = 2000;

const name = z.string().max(128);
const sentence = z.string().overwrite((text) => cutText(text, 1000));
const log = z.string().overwrite((text) => cutText(text, 16_384));

const storedObject = z.object({ file: name, bytes: z.int(), md5: name, sha256: name });
/** An object as it was put into R2: its digests are hex. */
export type StoredObject = z.infer<typeof storedObject>;

const segmentReport = storedObject.extend({
  /** On the track's own timescale. */
  start: z.int(),
  duration: z.int(),
  frames: z.int(),
  /** I-frames: byte offset of the fragment, bytes up to the end of its first sample, and the GOP's duration in ticks. */
  iframes: z.array(z.object({ offset: z.int(), bytes: z.int(), duration: z.int() })).max(maxIframes),
});
/** One stored segment: where it lies on the timeline and where its I-frames are. */
export type SegmentReport = z.infer<typeof segmentReport>;

/**
 * The measures of an audio track before it was brought to its target, null for silence; its gain; and `isLimited` when its
 * peaks had to be held down for that.
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

/** The report on one rendition: a chunk of a video track, or a whole track of another kind. */
export const renditionReport = z.object({
  key: name,
  codecs: name,
  timescale: z.int().positive(),
  /** Null for what is no MP4: text, pictures. */
  init: storedObject.nullable(),
  /** Of an audio track that was brought to a target loudness. */
  loudness: loudnessReport.optional(),
  /** Of a storyboard, whose segments are its sheets. */
  tiles: tiles.extend({ intervalTicks: z.int().positive() }).optional(),
  segments: z.array(segmentReport).max(maxSegments),
});
/** See {@link renditionReport}. */
export type RenditionReport = z.infer<typeof renditionReport>;

/** The result of a task. */
export const taskReport = z.object({
  inspection: inspection.optional(),
  /** Size of the mezzanine that a remux task stored, bytes. */
  mezzanineBytes: z.int().optional(),
  renditions: z.array(renditionReport).max(maxTracks),
  slices: z.array(storedObject.extend({ key: name, samples: z.int() })).max(maxTracks),
  images: z.array(storedObject).max(maxTracks),
  /** Renditions that the film can do without and that could not be made, with the reason. */
  skipped: z
    .array(z.object({ key: name, reason: sentence }))
    .max(maxTracks)
    .optional(),
  /** Faults that did not stop the task: a code, and half a sentence. */
  warnings: z
    .array(z.object({ code: name, detail: sentence }))
    .max(maxTracks)
    .optional(),
  usage: z.object({ wallSeconds: z.number(), cpuSeconds: z.number(), peakBytes: z.int() }),
});
/** See {@link taskReport}. */
export type TaskReport = z.infer<typeof taskReport>;

/** The reason why a task ended without a result. `retryable`: the same task may succeed at another time. */
export const taskFailureBody = z.object({
  code: name,
  detail: sentence,
  retryable: z.boolean(),
  log,
});
/** See {@link taskFailureBody}. */
export type TaskFailureBody = z.infer<typeof taskFailureBody>;

/** A transcoder says a line at least this often while it has a task, milliseconds. */
export const lineMs = 2000;

/** A transcoder that says nothing for this long hangs, milliseconds: it has missed nine lines. */
export const silentMs = 20_000;

/** One line of the transcoder's answer. `waiting`: the task has not begun, because others run that it may not run beside. */
export const taskEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("waiting") }),
  z.object({ type: z.literal("progress"), fraction: z.number().min(0).max(1) }),
  z.object({ type: z.literal("done"), report: taskReport }),
  z.object({ type: z.literal("failed"), failure: taskFailureBody }),
]);
/** See {@link taskEvent}. */
export type TaskEvent = z.infer<typeof taskEvent>;
