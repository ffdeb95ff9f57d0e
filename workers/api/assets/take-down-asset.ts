import { deleteAsset, undeleteAsset } from "../../pipeline/lifecycle/delete-asset.ts";
import { publishChanges } from "../../publisher/publish-changes.ts";

/** Deletes an asset, and stops its playback at once in this isolate, and everywhere in 15 s. */
export async function takeDownAsset(env: Env, asset: { id: string }, by: string, now: number): Promise<void> {
  await deleteAsset(env, asset.id, by, now);
  await publishChanges(env, now);
}

/** Takes a deleted asset back, and lets it play in this isolate at once. @returns false when it can't be taken back */
export async function bringBackAsset(env: Env, asset: { id: string }, now: number): Promise<boolean> {
  const isBack = await undeleteAsset(env, asset.id, now);
  await publishChanges(env, now);
  return isBack;
}
