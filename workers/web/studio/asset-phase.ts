import type { AssetSummary } from "../../api/assets/asset-json.ts";

/**
 * A word for what decides how a film's card, facts and links look, its bars aside: while it stays the same, the page moves
 * only those. The same on the server and in the browser.
 */
export function assetPhase(asset: AssetSummary): string {
  const isWorking = asset.error === null && asset.progress.fraction < 1;
  const done = asset.progress.stages.filter(({ status }) => status === "done").map(({ name }) => name);
  const isMeasured = asset.duration !== null;
  return [asset.status, isWorking ? "working" : "still", isMeasured ? "measured" : "unknown", ...done].join(
    " ",
  );
}
