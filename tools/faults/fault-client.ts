/** The calls that a fault run makes as a producer; an answer that doesn't come is asked for again by the caller. */
import { z } from "zod";

const assetSchema = z.object({
  status: z.enum(["waiting", "preparing", "ready", "errored"]),
  progress: z.object({ fraction: z.number() }),
  error: z.object({ code: z.string() }).nullable(),
});

const proofSchema = z.object({ renditions: z.array(z.object({ verified_at: z.string().nullable() })) });

/** The end of an asset (`ready`, an error's code, `deleted`); null while there is work. */
export type Ending = string | null;

/** A Marquee to ask, as one producer. */
export interface FaultServer {
  url: string;
  key: string;
}

/** Asks for the asset's end; null also when nobody answers. */
export async function endingOf(server: FaultServer, assetId: string): Promise<Ending> {
  const response = await call(server, "GET", `/v1/assets/${assetId}`);
  if (response === null || response.status !== 200) return null;
  const asset = assetSchema.parse(response.body);
  if (asset.error !== null) return asset.error.code;
  return asset.status === "ready" && asset.progress.fraction === 1 ? "ready" : null;
}

/** Asks for the time when all of a published asset was last verified, Unix milliseconds; 0: not yet, or nobody answers. */
export async function verifiedAt(server: FaultServer, assetId: string): Promise<number> {
  const response = await call(server, "GET", `/v1/assets/${assetId}/proof`);
  if (response === null || response.status !== 200) return 0;
  const times = proofSchema
    .parse(response.body)
    .renditions.map((one) => (one.verified_at === null ? 0 : Date.parse(one.verified_at)));
  return times.length === 0 ? 0 : Math.min(...times);
}

/** Deletes the asset. @returns whether it is gone now. */
export async function deleteAsset(server: FaultServer, assetId: string): Promise<boolean> {
  const response = await call(server, "DELETE", `/v1/assets/${assetId}`);
  return response !== null && (response.status === 204 || response.status === 404);
}

/** Takes a deletion back. @returns whether the asset is there now. */
export async function undeleteAsset(server: FaultServer, assetId: string): Promise<boolean> {
  const response = await call(server, "POST", `/v1/assets/${assetId}/undelete`);
  if (response === null) return false;
  return response.status === 200 || (await call(server, "GET", `/v1/assets/${assetId}`))?.status === 200;
}

async function call(
  { url, key }: FaultServer,
  method: string,
  path: string,
): Promise<{ status: number; body: unknown } | null> {
  try {
    const response = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(15_000),
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : null };
  } catch {
    return null;
  }
}
