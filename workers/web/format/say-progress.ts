/** Words for an asset's progress, the same on the server and in the browser. */
import type { StageName } from "../../api/assets/asset-json.ts";
import { sayDuration } from "./say-duration.ts";

/** What a producer reads for each stage. */
export const stageWords: Record<StageName, string> = {
  inspect: "Check",
  video: "Video",
  audio: "Sound",
  poster: "Poster",
  publish: "Publish",
};

/** A share of the whole (0…1) in whole percent; never 100 before it is all. */
export function percentOf(fraction: number): string {
  return `${Math.floor(fraction * 100)} %`;
}

/** How long it may still take; nothing when that is not known. @param seconds null: unknown */
export function sayLeft(seconds: number | null): string {
  if (seconds === null) return "";
  return seconds < 5 ? "a moment left" : `about ${sayDuration(seconds)} left`;
}
