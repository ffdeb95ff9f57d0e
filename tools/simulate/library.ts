/** A library of films that are as much alike as rights usually are: twelve rules, of which each film has its own copy. */

import type { PublishedTracks } from "../../workers/playback/hls/published-renditions.ts";
import type { DecidableTitle } from "../../workers/playback/policy/decide-title.ts";
import { effectivePolicy, noServicePolicy } from "../../workers/playback/policy/effective-policy.ts";
import { policyDocument } from "../../workers/playback/policy/policy-document.ts";
import { ladderBoxes } from "../../workers/shared/ladder-boxes.ts";

/** A film of the library. */
export interface Film extends DecidableTitle {
  assetId: string;
  revision: number;
  /** Length in video segments of 6 s. */
  segments: number;
}

const languages = ["en", "de", "fr", "es"];

/** Twelve rules: refusals, windows that open while the simulation runs, caps and languages. @param opensAt Unix ms */
export function twelveRules(opensAt: number): unknown {
  const opens = new Date(opensAt).toISOString();
  return {
    rules: [
      { name: "withheld", territories: ["KP", "CU", "SY"], deny: true },
      { name: "DACH", territories: ["DE", "AT", "CH", "LI"], audio: { default: "de" } },
      { name: "France", territories: ["FR", "MC"], audio: { default: "fr" } },
      { name: "Spain", territories: ["ES", "AD"], audio: { allowed: ["es", "en"], default: "es" } },
      { name: "Iberian Americas", territories: ["MX", "AR", "CL", "CO", "PE"], audio: { default: "es" } },
      { name: "Nordics", territories: ["SE", "NO", "DK", "FI", "IS"], text: { default: "en" } },
      { name: "home", territories: ["GB", "IE", "US", "CA"] },
      { name: "India", territories: ["IN", "LK", "NP"], max_height: 720 },
      { name: "Japan", territories: ["JP"], windows: [{ opens }] },
      { name: "Africa", territories: ["africa"], max_height: 540 },
      { name: "Asia", territories: ["asia"], max_height: 720, text: { default: "en" } },
      { name: "South America", territories: ["south-america"], max_bitrate: 2_000_000 },
    ],
    default: { name: "elsewhere", max_height: 720 },
  };
}

/** Makes a library. Episodes of 20 minutes to films of an hour and a half. */
export function makeLibrary(films: number, rules: unknown): Film[] {
  const policy = effectivePolicy(policyDocument.parse(rules), noServicePolicy);
  return Array.from({ length: films }, (_, n) => {
    const tracks = makeTracks();
    const facts = [
      ...tracks.videos.map((it) => ({ ...it, kind: "video" as const, language: null })),
      ...tracks.audios.map((it) => ({ ...it, kind: "audio" as const, width: null, height: null })),
      ...tracks.texts.map((it) => ({
        ...it,
        kind: "text" as const,
        width: null,
        height: null,
        bandwidth: 500,
      })),
    ];
    return { assetId: `ast_${n}`, revision: 2, segments: 200 + ((n * 379) % 700), policy, tracks, facts };
  });
}

function makeTracks(): PublishedTracks {
  return {
    videos: ladderBoxes.map(({ label, long, short, maxrateKbps }) => {
      const bandwidth = maxrateKbps * 1000;
      return {
        ...{ key: `v${label}-0123456789`, codecs: "avc1.640028", frameRate: 25, width: long, height: short },
        ...{ bandwidth, averageBandwidth: bandwidth, iframeBandwidth: bandwidth / 10 },
      };
    }),
    audios: languages.map((language, n) => ({
      ...{ key: `a${n}-2-0123456789`, label: language, codecs: "mp4a.40.2", channels: 2, language },
      ...{ isDefault: n === 0, bandwidth: 130_000, averageBandwidth: 128_000 },
    })),
    texts: languages.slice(0, 2).map((language, n) => ({
      ...{
        key: `t${n}-0123456789`,
        label: language,
        language,
        isDefault: false,
        isForced: false,
        isSdh: false,
      },
    })),
    storyboards: [],
  };
}
