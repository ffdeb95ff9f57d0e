import { deleteAsset, undeleteAsset } from "../../pipeline/lifecycle/delete-asset.ts";
import { forgetPlayableTitle } from "../../playback/policy/playable-title.ts";

/** Deletes an asset, and stops its playback in this isolate at once instead of when its cached title runs out. */
export async function takeDownAsset(
  env: Env,
  asset: { id: string; titleId: string },
  by: string,
  now: number,
): Promise<void> {
  await deleteAsset(env, asset.id, by, now);
  forgetPlayableTitle(asset.titleId);
}

/** Takes a deleted asset back, and lets it play in this isolate at once. @returns false when it can't be taken back */
export async function bringBackAsset(
  env: Env,
  asset: { id: string; titleId: string },
  now: number,
): Promise<boolean> {
  const isBack = await undeleteAsset(env, asset.id, now);
  forgetPlayableTitle(asset.titleId);
  return isBack;
}
