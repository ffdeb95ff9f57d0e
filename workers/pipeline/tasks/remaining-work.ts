import type { TaskSpec } from "../../../protocol/task.ts";
import { renditionReportKey, sliceReportKey } from "../storage/media-keys.ts";

/**
 * The part of a task that is left, going by the reports that are stored; null: none. For estimates only: an attempt
 * looks at the reports themselves.
 * @param isStored is true of keys under which a report lies
 */
export function remainingWork(
  assetId: string,
  ordinal: number,
  spec: TaskSpec,
  isStored: (key: string) => boolean,
): TaskSpec | null {
  const isMade = (key: string, chunk = 0): boolean => isStored(renditionReportKey(assetId, key, chunk));
  switch (spec.kind) {
    case "video": {
      const rungs = spec.rungs.filter(({ key }) => !isMade(key, ordinal));
      return rungs.length === 0 ? null : { ...spec, rungs };
    }
    case "audio-slices": {
      const slices = spec.slices.filter(({ key }) => !isStored(sliceReportKey(assetId, key)));
      return slices.length === 0 ? null : { ...spec, slices };
    }
    case "text": {
      const tracks = spec.tracks.filter(({ key }) => !isMade(key));
      return tracks.length === 0 ? null : { ...spec, tracks };
    }
    case "audio":
    case "passthrough":
    case "storyboard":
    case "poster":
      return isMade(spec.key) ? null : spec;
    default:
      return spec;
  }
}
