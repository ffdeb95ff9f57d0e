import { deleteAsset } from "../../pipeline/lifecycle/delete-asset.ts";
import { publishChanges } from "../../publisher/publish-changes.ts";

/** Deletes an asset, and stops its playback at once in this isolate, and everywhere in 15 s. */
export async function takeDownAsset(env: Env, asset: { id: string }, now: number): Promise<void> {
  try {
    await deleteAsset(env, asset.id, now);
  } finally {
    // Also when objects could not be removed: the takedown itself is made by then.
    await publishChanges(env, now);
  }
}
