import type { Presentation } from "./model/presentation.ts";

/** Sentences about what the rules could not look at, and why; for the report's head. */
export function notesOn(presentation: Presentation): string[] {
  const { tracks, isWhole, multivariant, location } = presentation;
  const foreign = tracks.filter(
    ({ format, segments }) => segments.length > 0 && !["cmaf", "webvtt"].includes(format),
  );
  const formats = new Set(foreign.map(({ format }) => format));
  return [
    ...[...formats].map((format) => {
      const count = foreign.filter((track) => track.format === format).length;
      return `${count} ${count === 1 ? "playlist has" : "playlists have"} ${format} segments: not CMAF, so the rules about boxes, samples and codecs do not apply to them.`;
    }),
    ...(multivariant === null ? ["It is a media playlist: rules about variants do not apply."] : []),
    ...(isWhole ? [] : ["A quick look: some segments were read, not all."]),
    ...(location.startsWith("https:")
      ? ["TLS: 1.2 or newer, or this program could not have connected."]
      : []),
  ];
}
