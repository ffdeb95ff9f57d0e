import { deleteAsset } from "../../pipeline/lifecycle/delete-asset.ts";
import { forgetPlayableTitle } from "../../playback/policy/playable-title.ts";

/** Deletes an asset, and stops its playback in this isolate at once instead of when its cached title runs out. */
export async function takeDownAsset(
  env: Env,
  asset: { id: string; titleId: string },
  now: number,
): Promise<void> {
  await deleteAsset(env, asset.id, now);
  forgetPlayableTitle(asset.titleId);
}
