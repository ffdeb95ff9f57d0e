/** The renditions that are due when a plan is published: the number of reports that make each, and its length. */
import { audioCodecs, isNeededToPlay } from "../../../protocol/codecs.ts";
import type { Plan } from "./plan.ts";

/** A rendition that is due. */
export interface ExpectedTrack {
  key: string;
  kind: "video" | "passthrough" | "audio" | "text" | "storyboard";
  reports: number;
  /** Length in ticks of the track's timescale. */
  expected: (timescale: number) => number;
  /** The film is published without it when it was skipped, that is: when it has no report. */
  isOptional: boolean;
}

/**
 * The extent of a publication: `passthrough`, the source's own pictures; `first`, the first rung too, both with sound in
 * stereo and subtitles; `whole`, everything that was planned, and the source's own pictures no more.
 */
export type PublishScope = "passthrough" | "first" | "whole";

/** @param scope see {@link PublishScope}. */
export function expectedTracks(plan: Plan, scope: PublishScope): ExpectedTrack[] {
  const { grid } = plan;
  const expected = (timescale: number): number =>
    (grid.frames * grid.frameRate.den * timescale) / grid.frameRate.num;
  const isWhole = scope === "whole";
  const optional = { reports: 1, expected, isOptional: true };
  const passthrough: ExpectedTrack[] =
    isWhole || plan.passthrough.key === null
      ? []
      : [{ key: plan.passthrough.key, kind: "passthrough", ...optional }];
  const video = plan.video
    .filter(({ key }) => isWhole || (scope === "first" && key === plan.first.key))
    .map(({ key }): ExpectedTrack => {
      return { key, kind: "video", reports: plan.chunks.length, expected, isOptional: false };
    });
  // Surround sound and other codecs come with the rest.
  const audio = plan.audio
    .filter((track) => isWhole || isNeededToPlay(track))
    .map(({ key, samples, codec }): ExpectedTrack => {
      const isOptional = !audioCodecs[codec].isOrdinary;
      return { key, kind: "audio", reports: 1, expected: () => samples, isOptional };
    });
  const text = plan.text.map(({ key }): ExpectedTrack => ({ key, kind: "text", ...optional }));
  const storyboard: ExpectedTrack[] = isWhole
    ? [{ key: plan.storyboard.key, kind: "storyboard", ...optional }]
    : [];
  return [...passthrough, ...video, ...audio, ...text, ...storyboard];
}
