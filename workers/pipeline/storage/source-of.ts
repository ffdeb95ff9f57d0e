import type { assets, tasks } from "../../catalog/schema.ts";
import { stages } from "../plan/stages.ts";
import { mezzanineKey } from "./media-keys.ts";

/** Containers without a key-frame index to seek by: they are remuxed into Matroska first, and this mezzanine is encoded. */
const unseekable = new Set(["avi", "mpegts", "mpeg", "flv", "asf"]);

/** Is true of containers that must be remuxed before they are cut into chunks. */
export function needsRemux(container: string): boolean {
  return unseekable.has(container);
}

/** The object (SOURCES) that a task reads: the upload itself, or its mezzanine once one was made. */
export function sourceOf(
  asset: Pick<typeof assets.$inferSelect, "id" | "sourceKey" | "sourceBytes" | "mezzanineBytes">,
  task: Pick<typeof tasks.$inferSelect, "stage">,
): { key: string; bytes: number } {
  return task.stage >= stages.inspectMezzanine && asset.mezzanineBytes !== null
    ? { key: mezzanineKey(asset.id), bytes: asset.mezzanineBytes }
    : { key: asset.sourceKey, bytes: asset.sourceBytes };
}
