/** Explains FFmpeg's last words to the producer. */
import { maxPixels } from "../task/limits.ts";
import { TaskFailure } from "../task/task-failure.ts";

/** Refusal of a picture that is larger than {@link maxPixels}. @param size as it is shown, for example `16384 × 8192`. */
export function tooLargePicture(size: string, log = ""): TaskFailure {
  return new TaskFailure(
    "too_large",
    `The picture is ${size}; at most ${maxPixels} pixels (8192 × 4608) are read. Export the film smaller and upload it again.`,
    { log },
  );
}

/** Refusal of a file that no demuxer of ours reads. */
export function unsupportedContainer(log = ""): TaskFailure {
  return new TaskFailure(
    "unsupported_container",
    "This file is not a video that Marquee can read. Upload MP4, MOV, MKV, WebM, AVI, FLV, ASF/WMV, MPEG-TS or MPEG-PS.",
    { log },
  );
}

/** Refusal of a codec that this FFmpeg has no decoder for. @param codec its name, null when unknown. */
export function unsupportedCodec(codec: string | null, log = ""): TaskFailure {
  const name = codec === null ? "a codec" : `the codec ${codec}, one`;
  return new TaskFailure(
    "unsupported_codec",
    `The picture is in ${name} that Marquee can't decode. Export the film as H.264, HEVC, AV1, VP9 or ProRes and upload it again.`,
    { log },
  );
}

/** The reason for a tool's failure, by its log; null when the log doesn't show it. */
export function explainLog(log: string): TaskFailure | null {
  if (
    /Connection (reset|refused|timed out)|HTTP error [45]|Server returned [45]|I\/O error|Input\/output error|Stream ends prematurely/i.test(
      log,
    )
  ) {
    return new TaskFailure("storage_unreachable", "The source could not be read from storage.", {
      retryable: true,
      log,
    });
  }
  const size = /Picture size (\d+)x(\d+) (?:is invalid|exceeds)/.exec(log);
  if (size !== null) return tooLargePicture(`${size[1]} × ${size[2]}`, log);
  if (/Cannot allocate memory|malloc of size \d+ failed|std::bad_alloc/.test(log)) return tooMuchMemory(log);
  if (/not on whitelist/i.test(log)) return unsupportedContainer(log);
  const codec = /Decoder \(codec (\S+)\) not found/.exec(log);
  if (codec !== null) return unsupportedCodec(codec[1] ?? null, log);
  if (/moov atom not found/.test(log)) {
    return new TaskFailure(
      "truncated",
      "This file is cut off: its index is missing. Export or copy it again, and upload the whole file.",
      { log },
    );
  }
  return null;
}

/** A film that needs more memory than a tool may have. */
export function tooMuchMemory(log: string): TaskFailure {
  return new TaskFailure(
    "too_large",
    "This film needs more memory to decode than Marquee gives it. Export it smaller, or with fewer tracks, and upload it again.",
    { log },
  );
}
