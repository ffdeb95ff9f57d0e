/** The most that the process of one task may take. */
import { maxMezzanineOnDiskBytes, maxToolDataBytes } from "../task/limits.ts";
import type { ProcessLimits } from "../task/under-limits.ts";

/** A process tells this often that its event loop turns, milliseconds. */
export const heartbeatMs = 2000;

/** One that does not for this long is stuck, milliseconds. */
export const maxSilenceMs = 15_000;

/** Longest run of a task, milliseconds: its grant is good for as long. */
export const maxTaskRunMs = 20 * 60_000;

/** JavaScript objects of a task, bytes. The largest are an index of 128 MiB in pieces, and 8 MB of subtitles. */
export const heapBytes = 1024 * 1024 * 1024;

/**
 * Lines of a task's answer together, characters: subtitles of twelve hours in 32 languages have 6 million, and an isolate with
 * 128 MB reads them.
 */
export const maxAnswerCharacters = 16 * 1024 * 1024;

/** What the system holds the process and its tools to; tools have lower ones of their own. */
export const processLimits: ProcessLimits = {
  dataBytes: maxToolDataBytes,
  fileBytes: 2 * maxMezzanineOnDiskBytes,
};
