/** What publishing expects of a plan: the renditions that are due, how many reports make each, and how long it must be. */
import type { Plan } from "./plan.ts";

/** A rendition that is due. */
export interface ExpectedTrack {
  key: string;
  kind: "video" | "copy" | "audio" | "text" | "storyboard";
  reports: number;
  /** Length in ticks of the track's timescale. */
  expected: (timescale: number) => number;
  /** The film is published without it when it was left out, that is: when it has no report. */
  isOptional: boolean;
}

/**
 * How much is published: `copy`, the source's own pictures; `first`, the first rung too, both with sound in stereo and
 * subtitles; `whole`, everything that was planned, and no copy any more.
 */
export type PublishScope = "copy" | "first" | "whole";

/** @param scope see {@link PublishScope}. */
export function expectedTracks(plan: Plan, scope: PublishScope): ExpectedTrack[] {
  const { grid } = plan;
  const filmLength = (timescale: number): number =>
    (grid.frames * grid.frameRate.den * timescale) / grid.frameRate.num;
  const due = plan.video.filter(
    ({ key }) => scope === "whole" || (scope === "first" && key === plan.first.key),
  );
  const video = due.map(({ key }) => ({
    ...{ key, kind: "video" as const, reports: plan.chunks.length, expected: filmLength, isOptional: false },
  }));
  const copies = scope === "whole" || plan.copy.key === null ? [] : [plan.copy.key];
  const copy = copies.map((key) => ({
    ...{ key, kind: "copy" as const, reports: 1, expected: filmLength, isOptional: true },
  }));
  // Surround sound comes with the rest: stereo is what every device plays.
  const dueAudio = plan.audio.filter(({ channels }) => scope === "whole" || channels === 2);
  const audio = dueAudio.map(({ key, samples }) => ({
    ...{ key, kind: "audio" as const, reports: 1, expected: () => samples, isOptional: false },
  }));
  const text = plan.text.map(({ key }) => ({
    ...{ key, kind: "text" as const, reports: 1, expected: filmLength, isOptional: true },
  }));
  const board = scope === "whole" && plan.storyboard !== null ? [plan.storyboard] : [];
  const storyboard = board.map(({ key }) => ({
    ...{ key, kind: "storyboard" as const, reports: 1, expected: filmLength, isOptional: true },
  }));
  return [...copy, ...video, ...audio, ...text, ...storyboard];
}
