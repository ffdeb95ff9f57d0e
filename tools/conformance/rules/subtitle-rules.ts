/** Rules about subtitles, and about what is there for people who hear or see less. */

import type { MediaRendition, Presentation, Track } from "../model/presentation.ts";
import { statedSeconds } from "../model/timeline.ts";
import { type Finding, findings, type NotApplicable, notApplicable, type Rule } from "./rule.ts";
import { tracksOf } from "./tracks-of.ts";

/** Subtitles have no frames; this much may be missing at the end, seconds. */
const spanSlackSeconds = 0.1;

function check(
  presentation: Presentation,
  look: (tracks: Track[]) => Finding[] | NotApplicable,
): Finding[] | NotApplicable {
  const tracks = tracksOf(presentation, "subtitles");
  return tracks.length === 0 ? notApplicable("no subtitles") : look(tracks);
}

/** A rule that renditions with a mark are chosen by players of themselves. */
function isAutoselect(
  id: string,
  level: Rule["level"],
  whose: string,
  isMarked: (rendition: MediaRendition) => boolean,
): Rule {
  return {
    id,
    level,
    title: `${whose} have AUTOSELECT=YES`,
    check: ({ renditions }) => {
      const marked = renditions.filter(isMarked);
      if (marked.length === 0) return notApplicable(`no ${whose}`);
      return findings(marked, ({ attributes }) =>
        attributes.get("AUTOSELECT") === "YES"
          ? null
          : `AUTOSELECT is ${attributes.get("AUTOSELECT") ?? "not there"}`,
      );
    },
  };
}

const characteristics = ({ attributes }: MediaRendition): string => attributes.get("CHARACTERISTICS") ?? "";

/** Rules of Apple's chapters 2, 4 and 5. */
export const subtitleRules: Rule[] = [
  {
    id: "Apple 5.2",
    level: "MUST",
    title: "subtitles are WebVTT, or IMSC1 in fragmented MP4",
    check: (presentation) =>
      check(presentation, (tracks) =>
        findings(tracks, ({ format }) =>
          ["webvtt", "cmaf", "encrypted"].includes(format) ? null : `the segments are ${format}`,
        ),
      ),
  },
  {
    id: "Apple 5.3",
    level: "MUST",
    title: "WebVTT segments have an X-TIMESTAMP-MAP",
    check: (presentation) =>
      check(presentation, (tracks) => {
        const webvtt = tracks.filter(({ format }) => format === "webvtt");
        if (webvtt.length === 0) return notApplicable("no WebVTT");
        return findings(webvtt, ({ segments }) => {
          const bare = segments.find(({ text }) => text !== null && !/^X-TIMESTAMP-MAP=/m.test(text));
          return bare === undefined ? null : `${bare.entry.uri} has none`;
        });
      }),
  },
  {
    id: "Apple 5.5",
    level: "MUST",
    title: "subtitle playlists span the whole title",
    check: (presentation) =>
      check(presentation, (tracks) => {
        const [reference] = tracksOf(presentation);
        if (reference === undefined) return notApplicable("no audio or video track");
        const length = statedSeconds(reference);
        return findings(tracks, (track) => {
          const seconds = statedSeconds(track);
          return seconds >= length - spanSlackSeconds
            ? null
            : `${seconds.toFixed(3)} s of ${length.toFixed(3)} s`;
        });
      }),
  },
  isAutoselect("Apple 2.13", "MUST", "audio descriptions", (rendition) =>
    characteristics(rendition).includes("public.accessibility.describes-video"),
  ),
  isAutoselect("Apple 4.6", "MUST", "subtitles for the deaf and hard of hearing", (rendition) =>
    characteristics(rendition).includes("public.accessibility.transcribes-spoken-dialog"),
  ),
  isAutoselect(
    "Apple 5.11",
    "SHOULD",
    "forced subtitles",
    ({ attributes }) => attributes.get("FORCED") === "YES",
  ),
];
