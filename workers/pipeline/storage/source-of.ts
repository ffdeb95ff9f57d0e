import type { assets, tasks } from "../../catalog/schema.ts";
import { stages } from "../plan/stages.ts";
import { mezzanineKey } from "./media-keys.ts";

/** Containers without a key-frame index to seek by: they are copied into Matroska first, and the copy is encoded. */
const unseekable = new Set(["avi", "mpegts", "mpeg", "flv", "asf"]);

/** Whether a source in this container must be remuxed before it is cut into chunks. */
export function needsRemux(container: string): boolean {
  return unseekable.has(container);
}

/** Which object (SOURCES) a task reads: the upload itself, or its Matroska copy once one was made. */
export function sourceOf(
  asset: Pick<typeof assets.$inferSelect, "id" | "sourceKey" | "sourceBytes" | "mezzanineBytes">,
  task: Pick<typeof tasks.$inferSelect, "stage">,
): { key: string; bytes: number } {
  return task.stage >= stages.inspectMezzanine && asset.mezzanineBytes !== null
    ? { key: mezzanineKey(asset.id), bytes: asset.mezzanineBytes }
    : { key: asset.sourceKey, bytes: asset.sourceBytes };
}
