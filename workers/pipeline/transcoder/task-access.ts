import { z } from "zod";
import { plannedFiles, sliceBytes } from "../../../protocol/planned-output.ts";
import type { TaskSpec } from "../../../protocol/task.ts";

/**
 * The objects that a task's attempt may read and write, as its identity carries them: small enough for the path of a URL, and
 * enough for the API to answer without the task's row.
 */
export const taskAccess = z.object({
  assetId: z.string(),
  kind: z.string(),
  /** The object (SOURCES) that it reads, and its size. */
  source: z.object({ key: z.string(), bytes: z.number() }),
  /** Folders: all segments of a rendition, all slices of a track. */
  reads: z.object({ renditions: z.array(z.string()), sliceTracks: z.array(z.string()) }),
  /**
   * Folders of renditions; slices one by one. `files` and `sliceBytes`: the most that the plan has room for, see
   * protocol/planned-output.ts; an attempt that a Worker before these began has none.
   */
  writes: z.object({
    renditions: z.array(z.string()),
    slices: z.array(z.string()),
    files: z
      .record(z.string(), z.object({ bytes: z.number(), first: z.number(), end: z.number() }))
      .exactOptional(),
    sliceBytes: z.number().exactOptional(),
  }),
});
/** See {@link taskAccess}. */
export type TaskAccess = z.infer<typeof taskAccess>;

/** The access of an attempt at `spec`. */
export function accessOf(assetId: string, spec: TaskSpec, source: TaskAccess["source"]): TaskAccess {
  const sliceTracks = spec.kind === "audio" ? spec.slices.map((slice) => slice.split("/")[0] ?? "") : [];
  const slices = spec.kind === "audio-slices" ? spec.slices : [];
  return {
    ...{ assetId, kind: spec.kind, source },
    reads: {
      renditions: spec.kind === "storyboard" ? [spec.from] : [],
      sliceTracks: [...new Set(sliceTracks)],
    },
    writes: {
      renditions: renditionKeysOf(spec),
      slices: slices.map(({ key }) => key),
      files: plannedFiles(spec),
      sliceBytes: Math.max(0, ...slices.map(sliceBytes)),
    },
  };
}

function renditionKeysOf(spec: TaskSpec): string[] {
  if (spec.kind === "video") return spec.rungs.map((rung) => rung.key);
  if (spec.kind === "text") return spec.tracks.map((track) => track.key);
  return "key" in spec ? [spec.key] : [];
}
