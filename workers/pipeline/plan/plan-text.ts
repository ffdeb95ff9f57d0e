/** Plans the subtitle tracks of a film, with their names. */
import { z } from "zod";
import type { Grid } from "../../../protocol/grid.ts";
import type { Inspection } from "../../../protocol/inspection.ts";
import type { TextTask } from "../../../protocol/task.ts";
import { canonicalLanguage, distinctNames, type NamedTrack, nameOfLanguage, ownName } from "./track-names.ts";

/** A subtitle track in a plan. */
export const plannedText = z.object({
  key: z.string(),
  streamIndex: z.int(),
  codec: z.string(),
  label: z.string(),
  language: z.string().nullable(),
  isDefault: z.boolean(),
  isForced: z.boolean(),
  isSdh: z.boolean(),
});

/** Formats that hold text. The others that films carry (PGS, VobSub, DVB) hold pictures of text. */
const textCodecs = new Set(["subrip", "srt", "mov_text", "webvtt", "ass", "ssa", "text"]);

/** Subtitle tracks beyond this many are left out. */
const maxTextTracks = 32;

/**
 * A segment of text spans ten video segments, about a minute: Apple's authoring specification (5.7) allows longer ones
 * than for video, and a two-hour film has 120 objects a language so, not 1,200.
 */
const segmentsPerFile = 10;

/**
 * Plans the tracks that hold text. One may be shown without being asked for: the forced one in the language that the film
 * speaks, or one that the source marks in a language that it does not speak. A mark alone means little: muxers give it to
 * the first track by habit.
 * @param keyOf makes a rendition's key; @param audio the film's sound.
 */
export async function planText(
  inspection: Inspection,
  audio: readonly Pick<NamedTrack, "language" | "isDefault">[],
  keyOf: (prefix: string, settings: unknown) => Promise<string>,
): Promise<z.infer<typeof plannedText>[]> {
  const streams = inspection.text.filter(({ codec }) => textCodecs.has(codec)).slice(0, maxTextTracks);
  const spoken = audio.find((track) => track.isDefault)?.language ?? null;
  const labels = distinctNames(streams.map(nameOf));
  const languages = streams.map(({ language }) => canonicalLanguage(language));
  const isShown = streams.map(({ isForced, isDefault }, n) => {
    const language = languages[n] ?? null;
    if (language === null || spoken === null) return false;
    return isForced ? language === spoken : isDefault && language !== spoken;
  });
  return await Promise.all(
    streams.map(async ({ index, codec, isForced, isSdh }, n) => ({
      key: await keyOf(`t${n}`, { text: 1, segmentsPerFile, streamIndex: index, codec }),
      streamIndex: index,
      codec,
      label: labels[n] ?? "Subtitles",
      language: languages[n] ?? null,
      isDefault: isShown.indexOf(true) === n,
      isForced,
      isSdh,
    })),
  );
}

function nameOf(stream: Inspection["text"][number]): string {
  const language = nameOfLanguage(canonicalLanguage(stream.language));
  const name = (language ?? ownName(stream.title)) || "Subtitles";
  return `${name}${stream.isForced ? " (forced)" : ""}${stream.isSdh ? " (SDH)" : ""}`;
}

/** The one task that makes them all. */
export function textTask(tracks: readonly z.infer<typeof plannedText>[], grid: Grid): TextTask {
  return {
    kind: "text",
    grid,
    segmentsPerFile,
    tracks: tracks.map(({ key, streamIndex, codec }) => ({ key, streamIndex, codec })),
  };
}
