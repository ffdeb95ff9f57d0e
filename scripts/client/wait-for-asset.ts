/** Waits until a film can be watched, or has failed. */
import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "../local/user-error.ts";
import { type Asset, assetSchema, callApi, readAnswer, Unreachable } from "./call-api.ts";
import type { Server } from "./find-server.ts";

/** Milliseconds between two questions. */
const pollMs = 1000;
/** Longest time that the server may be away, or not know the asset yet (its cron repairs that each minute), milliseconds. */
const patienceMs = 180_000;

/**
 * Asks until the asset is `errored` or as `isEnd` says, by default `ready`, and reports every state on the way.
 * @throws UserError; the abort signal's reason
 */
export async function waitForAsset(
  server: Server,
  assetId: string,
  onChange: (asset: Asset) => void,
  signal: AbortSignal,
  isEnd: (asset: Asset) => boolean = ({ status }) => status === "ready",
): Promise<Asset> {
  let answeredAt = Date.now();
  for (;;) {
    signal.throwIfAborted();
    try {
      const asset = readAnswer(server, await callApi(server, "GET", `/v1/assets/${assetId}`), assetSchema);
      answeredAt = Date.now();
      onChange(asset);
      if (asset.status === "errored" || isEnd(asset)) return asset;
    } catch (error) {
      if (!mayPass(error) || Date.now() - answeredAt > patienceMs) throw error;
    }
    await pause(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof UserError && error.code === "asset_not_found");
}
