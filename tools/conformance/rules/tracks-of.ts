/** Selects the tracks that rules look at. */
import type { CmafTrack, LoadedSegment, Presentation, Role, Track, Variant } from "../model/presentation.ts";
import { type Finding, type NotApplicable, notApplicable } from "./rule.ts";

/** Audio and video tracks, or those of the roles named. */
export function tracksOf(presentation: Presentation, ...roles: Role[]): Track[] {
  const wanted = roles.length === 0 ? ["video", "audio"] : roles;
  return presentation.tracks.filter(({ role }) => wanted.includes(role));
}

/** Those of them whose boxes could be read. */
export function cmafTracksOf(presentation: Presentation, ...roles: Role[]): CmafTrack[] {
  return tracksOf(presentation, ...roles).filter(isCmaf);
}

/** True when a track's boxes could be read. */
export function isCmaf(track: Track): track is CmafTrack {
  return track.format === "cmaf" && track.main !== null;
}

/** Checks the CMAF tracks of these roles, or says that there are none. */
export function checkCmaf(
  presentation: Presentation,
  roles: Role[],
  check: (tracks: CmafTrack[]) => Finding[],
): Finding[] | NotApplicable {
  const tracks = cmafTracksOf(presentation, ...roles);
  if (tracks.length > 0) return check(tracks);
  const formats = new Set(tracksOf(presentation, ...roles).map(({ format }) => format));
  return notApplicable(
    formats.size === 0 ? `no ${roles.join(" or ")} track` : `not CMAF: ${[...formats].join(", ")} segments`,
  );
}

/** Variants with pictures: by their attributes, or by what their segments hold. */
export function videoVariants({ variants }: Presentation): Variant[] {
  return variants.filter(
    ({ entry, track }) =>
      track?.main?.handler === "vide" ||
      entry.resolution !== null ||
      (entry.codecs?.some((codec) => /^(avc|hvc|hev|av01|dv|vp)/.test(codec)) ?? true),
  );
}

/** The audio renditions that may play with a variant. */
export function audioOf(presentation: Presentation, { entry }: Variant): Track[] {
  return presentation.renditions.flatMap(({ attributes, track }) =>
    entry.audioGroup !== null &&
    attributes.get("TYPE") === "AUDIO" &&
    attributes.get("GROUP-ID") === entry.audioGroup &&
    track !== null
      ? [track]
      : [],
  );
}

/** Pairs of neighbours on one timeline: both loaded, no discontinuity between them. */
export function joinsOf(track: Track): [before: LoadedSegment, after: LoadedSegment][] {
  return track.segments.flatMap((after, n): [LoadedSegment, LoadedSegment][] => {
    const before = track.segments[n - 1];
    const joined = before?.media != null && after.media !== null && !after.entry.discontinuity;
    return joined ? [[before, after]] : [];
  });
}
