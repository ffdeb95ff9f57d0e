/** The refusals that several checks share: one code and one sentence each, with advice. */
import { maxMoovBytes } from "./limits.ts";
import { TaskFailure } from "./task-failure.ts";

/**
 * The file ends before its own structure does.
 * @param expected bytes that it should have, null when its index is missing.
 */
export function truncated(expected: number | null, bytes: number): TaskFailure {
  const missing =
    expected === null ? "its index is missing" : `it says it has ${expected} bytes and has ${bytes}`;
  return new TaskFailure(
    "truncated",
    `This file is cut off: ${missing}. Export or copy it again, and upload the whole file.`,
  );
}

/** @param what is wrong, as half a sentence. */
export function damaged(what: string, log = ""): TaskFailure {
  return new TaskFailure(
    "damaged",
    `This file is damaged: ${what}. Export it again and upload the new file.`,
    {
      log,
    },
  );
}

/** The tracks are encrypted. */
export function encrypted(log = ""): TaskFailure {
  return new TaskFailure(
    "encrypted",
    "This film is protected (DRM). Export it without protection and upload it again.",
    { log },
  );
}

/** The clock states a length that the pictures don't bear. */
export function badTimestamps(durationSeconds: number, pictures: number): TaskFailure {
  const hours = (durationSeconds / 3600).toFixed(1);
  return new TaskFailure(
    "bad_timestamps",
    `This film's clock jumps: it claims ${hours} hours for ${pictures} pictures. Export it again with a constant frame rate and upload that.`,
  );
}

/** The index alone is larger than is read. */
export function tooLargeIndex(): TaskFailure {
  return new TaskFailure(
    "too_large",
    `This file's index is larger than ${maxMoovBytes / 1024 / 1024} MiB. Export the film with fewer tracks, or in parts.`,
  );
}

/** Far more was made of the film than was planned. */
export function tooMuchOutput(log: string): TaskFailure {
  return new TaskFailure(
    "too_much_output",
    "Encoding this film makes far more data than planned, so it was stopped. Export it again, or tell support.",
    { retryable: true, log },
  );
}
