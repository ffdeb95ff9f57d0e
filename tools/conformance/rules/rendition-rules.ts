/** Rules about audio and other renditions (EXT-X-MEDIA), and how they go with variants. */
import { type Finding, findings, notApplicable, type Rule } from "./rule.ts";
import { isCmaf, tracksOf } from "./tracks-of.ts";

const aacCodecs = /^mp4a\.40\.(2|5|29)$/i;

/** Rules of Apple's chapters 2, 8 and 9 on renditions, and RFC 8216 §4.3.4.1. */
export const renditionRules: Rule[] = [
  {
    id: "Apple 2.3",
    level: "MUST",
    title: "there is stereo audio in AAC",
    check: (presentation) => {
      const audio = [
        ...tracksOf(presentation).flatMap((track) => (isCmaf(track) ? (track.inits[0]?.tracks ?? []) : [])),
      ].filter(({ handler }) => handler === "soun");
      if (audio.length > 0) {
        const stereo = audio.some(({ entry }) => aacCodecs.test(entry.codec) && entry.channels <= 2);
        return stereo ? [] : [{ where: "all audio", what: audio.map(({ entry }) => entry.codec).join(", ") }];
      }
      const named = presentation.variants
        .flatMap(({ entry }) => entry.codecs ?? [])
        .filter((it) => /^(mp4a|[ae]c-3)/.test(it));
      if (named.length === 0) return notApplicable("no audio");
      return named.some((codec) => aacCodecs.test(codec))
        ? []
        : [{ where: "all variants", what: named.join(", ") }];
    },
  },
  {
    id: "Apple 8.10",
    level: "MUST",
    title: "every EXT-X-MEDIA but video has LANGUAGE",
    check: ({ renditions }) =>
      renditions.length === 0
        ? notApplicable("no EXT-X-MEDIA")
        : findings(renditions, ({ attributes }) =>
            attributes.get("TYPE") !== "VIDEO" && !attributes.get("LANGUAGE") ? "it has no LANGUAGE" : null,
          ),
  },
  {
    id: "RFC 8216 §4.3.4.1.1 names",
    level: "MUST",
    title: "renditions of a group have different names, and at most one is the default",
    check: ({ renditions }) => {
      if (renditions.length === 0) return notApplicable("no EXT-X-MEDIA");
      const groups = Map.groupBy(
        renditions,
        ({ attributes }) => `${attributes.get("TYPE")} ${attributes.get("GROUP-ID")}`,
      );
      return [...groups].flatMap(([where, group]): Finding[] => {
        const names = group.map(({ attributes }) => attributes.get("NAME"));
        const twice = names.find((name, n) => names.indexOf(name) !== n);
        const defaults = group.filter(({ attributes }) => attributes.get("DEFAULT") === "YES").length;
        return [
          ...(names.includes(undefined) ? [{ where, what: "one has no NAME" }] : []),
          ...(twice === undefined ? [] : [{ where, what: `two are called ${twice}` }]),
          ...(defaults > 1 ? [{ where, what: `${defaults} have DEFAULT=YES` }] : []),
        ];
      });
    },
  },
  {
    id: "RFC 8216 §4.3.4.1.1 members",
    level: "MUST",
    title: "groups of one type have the same renditions",
    check: ({ renditions }) => {
      const types = Map.groupBy(renditions, ({ attributes }) => attributes.get("TYPE"));
      return [...types].flatMap(([type, members]) => {
        const groups = [...Map.groupBy(members, ({ attributes }) => attributes.get("GROUP-ID"))];
        const namesOf = (group: typeof members): string =>
          group
            .map(({ attributes }) => attributes.get("NAME") ?? "")
            .sort()
            .join(", ");
        const wanted = namesOf(groups[0]?.[1] ?? []);
        return groups.flatMap(([id, group]) =>
          namesOf(group) === wanted
            ? []
            : [{ where: `${type} ${id}`, what: `${namesOf(group)}; the first group has ${wanted}` }],
        );
      });
    },
  },
  {
    id: "RFC 8216 §4.3.4.2 groups",
    level: "MUST",
    title: "the AUDIO and SUBTITLES groups that variants name exist",
    check: ({ variants, renditions }) => {
      const known = new Set(
        renditions.map(({ attributes }) => `${attributes.get("TYPE")} ${attributes.get("GROUP-ID")}`),
      );
      return findings(variants, ({ entry }) => {
        const named = [
          ...(entry.audioGroup === null ? [] : [`AUDIO ${entry.audioGroup}`]),
          ...(entry.subtitlesGroup === null ? [] : [`SUBTITLES ${entry.subtitlesGroup}`]),
        ];
        const missing = named.find((group) => !known.has(group));
        return missing === undefined ? null : `there is no group ${missing}`;
      });
    },
  },
  {
    id: "Apple 9.5",
    level: "SHOULD",
    title: "video and audio are separate streams",
    check: (presentation) => {
      const tracks = presentation.tracks.filter(isCmaf);
      if (tracks.length === 0) return notApplicable("not CMAF");
      return findings(tracks, ({ inits }) => {
        const handlers = new Set(inits.flatMap((init) => init?.tracks.map(({ handler }) => handler) ?? []));
        return handlers.has("vide") && handlers.has("soun") ? "its segments hold both" : null;
      });
    },
  },
  {
    id: "Apple 9.6–9.7",
    level: "MUST",
    title: "multichannel and alternative audio are separate streams",
    check: (presentation) => {
      const muxed = presentation.tracks.filter(isCmaf).filter(({ main }) => main.handler === "vide");
      if (muxed.length === 0) return notApplicable("no video in CMAF");
      return findings(muxed, ({ inits }) => {
        const audio = inits[0]?.tracks.filter(({ handler }) => handler === "soun") ?? [];
        return audio.some(({ entry }) => entry.channels > 2)
          ? "multichannel audio is in the video's segments"
          : null;
      });
    },
  },
];
