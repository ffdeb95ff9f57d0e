import type { Inspection } from "../../../protocol/inspection.ts";
import type { ProbeStream } from "../ffmpeg/probe-output.ts";

/**
 * The subtitle streams of a source. Many files state a track's purpose only in its title ("English SDH", "Forced"), so
 * both the title and the stream's disposition count.
 */
export function describeText(streams: ProbeStream[]): Inspection["text"] {
  return streams
    .filter((stream) => stream.codec_type === "subtitle")
    .map((stream) => {
      const title = stream.tags?.title ?? null;
      return {
        index: stream.index,
        codec: stream.codec_name ?? "unknown",
        language: stream.tags?.language ?? null,
        title,
        isDefault: Boolean(stream.disposition?.default),
        isForced: Boolean(stream.disposition?.forced) || /\bforced\b/i.test(title ?? ""),
        isSdh: Boolean(stream.disposition?.hearing_impaired) || /\b(sdh|cc|hearing)\b/i.test(title ?? ""),
      };
    });
}
