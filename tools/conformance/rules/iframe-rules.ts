/** Rules about I-frame playlists (trick play). */
import type { Presentation, Track } from "../model/presentation.ts";
import { type Finding, findings, type NotApplicable, notApplicable, type Rule } from "./rule.ts";
import { isCmaf, videoVariants } from "./tracks-of.ts";

/** Rule 6.2: seconds from one I-frame to the next of a dense playlist, and what natural rates may add. */
const denseSeconds = 1;
const denseSlackSeconds = 0.05;

/** Checks I-frame playlists, or says that there are none. */
function check(
  { tracks }: Presentation,
  look: (tracks: Track[]) => Finding[] | NotApplicable,
): Finding[] | NotApplicable {
  const iframes = tracks.filter(({ role }) => role === "iframes");
  return iframes.length === 0 ? notApplicable("no I-frame playlist") : look(iframes);
}

/** Checks those in CMAF. */
function checkRanges(
  presentation: Presentation,
  sentence: (range: { length: number; iframeEnd: number; isRandomAccess: boolean }) => string | null,
): Finding[] | NotApplicable {
  return check(presentation, (tracks) => {
    const cmaf = tracks.filter(isCmaf);
    if (cmaf.length === 0) return notApplicable("not CMAF");
    return findings(cmaf, ({ segments }) => {
      const bad = segments.flatMap(({ entry, media, bytes }) => {
        const sample = media?.fragments[0]?.samples[0];
        const length = entry.range?.length ?? bytes;
        if (sample === undefined || length === null) return [];
        const what = sentence({ length, iframeEnd: sample.endByte, isRandomAccess: sample.isRandomAccess });
        return what === null ? [] : [`${entry.uri} at ${entry.range?.offset ?? 0}: ${what}`];
      });
      const more = bad.length > 1 ? ` (and ${bad.length - 1} more)` : "";
      return bad[0] === undefined ? null : `${bad[0]}${more}`;
    });
  });
}

/** A rule that I-frame variants have an attribute. */
function hasAttribute(id: string, attribute: "CODECS" | "RESOLUTION"): Rule {
  return {
    id,
    level: "MUST",
    title: `every EXT-X-I-FRAME-STREAM-INF has ${attribute}`,
    check: ({ iframeVariants }) =>
      iframeVariants.length === 0
        ? notApplicable("no I-frame variants")
        : findings(iframeVariants, ({ entry }) =>
            (attribute === "CODECS" ? entry.codecs : entry.resolution) === null
              ? `it has no ${attribute}`
              : null,
          ),
  };
}

/** Rules of Apple's chapter 6, and RFC 8216 §4.3.3.6. */
export const iframeRules: Rule[] = [
  {
    id: "Apple 6.1",
    level: "MUST",
    title: "there are I-frame playlists",
    check: (presentation) => {
      if (presentation.multivariant === null) return notApplicable("no multivariant playlist");
      if (videoVariants(presentation).length === 0) return notApplicable("no video");
      return presentation.iframeVariants.length > 0
        ? []
        : [{ where: "the multivariant playlist", what: "there is no EXT-X-I-FRAME-STREAM-INF" }];
    },
  },
  hasAttribute("Apple 9.3", "CODECS"),
  hasAttribute("Apple 9.4", "RESOLUTION"),
  {
    id: "Apple 6.2",
    level: "SHOULD",
    title: "an I-frame playlist is dense: a frame each second",
    check: (presentation) =>
      check(presentation, (tracks) => {
        const isDense = ({ playlist: { segments } }: Track): boolean =>
          segments.every(({ seconds }) => seconds <= denseSeconds + denseSlackSeconds);
        return tracks.some(isDense)
          ? []
          : [{ where: "all I-frame playlists", what: "none has a frame each second" }];
      }),
  },
  {
    id: "Apple 6.6",
    level: "SHOULD",
    title: "there are I-frame playlists of several bit rates",
    check: (presentation) =>
      check(presentation, (tracks) =>
        tracks.length > 1 || videoVariants(presentation).length < 2
          ? []
          : [{ where: tracks[0]?.name ?? "", what: "it is the only one" }],
      ),
  },
  {
    id: "Apple 6.8",
    level: "MUST",
    title: "I-frame playlists have EXT-X-I-FRAMES-ONLY",
    check: (presentation) =>
      check(presentation, (tracks) =>
        findings(tracks, ({ playlist }) => (playlist.iFramesOnly ? null : "the tag is missing")),
      ),
  },
  {
    id: "Apple 6.10",
    level: "MUST",
    title: "each range starts with the moof of its I-frame",
    check: (presentation) =>
      check(presentation, (tracks) => {
        const fragmented = tracks.filter(({ main }) => main !== null);
        if (fragmented.length === 0) return notApplicable("not CMAF");
        return findings(fragmented, ({ segments }) => {
          const bad = segments.find(({ firstBox, media }) => firstBox !== null && media === null);
          return bad === undefined
            ? null
            : `${bad.entry.uri} at ${bad.entry.range?.offset ?? 0}: no moof there`;
        });
      }),
  },
  {
    id: "RFC 8216 §4.3.3.6",
    level: "MUST",
    title: "each range holds a whole I-frame",
    check: (presentation) =>
      checkRanges(presentation, ({ length, iframeEnd, isRandomAccess }) => {
        if (length < iframeEnd) return `the range ends ${iframeEnd - length} bytes before the picture does`;
        return isRandomAccess ? null : "the picture is no I-frame that decoding can start at";
      }),
  },
  {
    id: "Marquee ranges",
    level: "SHOULD",
    title: "each range ends where its I-frame does",
    check: (presentation) =>
      checkRanges(presentation, ({ length, iframeEnd }) =>
        length > iframeEnd ? `${length - iframeEnd} bytes follow the picture` : null,
      ),
  },
];
