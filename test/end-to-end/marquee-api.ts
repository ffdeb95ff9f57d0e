/** The few calls of Marquee's API that tests make. */
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";

const assetSchema = z.object({
  id: z.string(),
  status: z.enum(["waiting", "preparing", "ready", "errored"]),
  title_id: z.string(),
  watch_url: z.string(),
  playback_url: z.string().nullish(),
  duration: z.number().nullish(),
  progress: z.object({
    fraction: z.number(),
    stages: z.array(z.object({ name: z.string(), status: z.string(), fraction: z.number() })),
  }),
  renditions: z.array(
    z.object({
      key: z.string(),
      kind: z.string(),
      label: z.string(),
      status: z.string(),
      frame_count: z.number().nullish(),
      duration: z.number().nullish(),
    }),
  ),
  error: z.object({ code: z.string(), detail: z.string() }).nullish(),
});

/** An asset as `GET /v1/assets/{id}` tells it. */
export type AssetView = z.infer<typeof assetSchema>;

/** A Marquee to talk to, as one producer. */
export interface MarqueeServer {
  url: string;
  key: string;
}

/** Pause between two looks at a state, milliseconds. */
const pollMs = 500;

/** An asset now; null when it isn't there (yet). @throws Error when the server refuses or can't be reached. */
export async function getAsset(server: MarqueeServer, assetId: string): Promise<AssetView | null> {
  const response = await call(server, `/v1/assets/${assetId}`);
  if (response.status === 404) return null;
  return assetSchema.parse(await jsonOf(response));
}

/**
 * Waits until an asset is `ready` or `errored` (or, with `until`, errored or as that says), telling `onChange` each
 * state on the way. A server that restarts meanwhile is asked again.
 */
export async function waitForAsset(
  server: MarqueeServer,
  assetId: string,
  options: {
    signal?: AbortSignal;
    onChange?(asset: AssetView): void;
    until?(asset: AssetView): boolean;
  } = {},
): Promise<AssetView> {
  const isEnd = options.until ?? ((asset: AssetView) => asset.status === "ready");
  for (;;) {
    options.signal?.throwIfAborted();
    const asset = await getAsset(server, assetId).catch(() => null);
    if (asset !== null) options.onChange?.(asset);
    if (asset !== null && (asset.status === "errored" || isEnd(asset))) return asset;
    await wait(pollMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}

async function call(server: MarqueeServer, path: string): Promise<Response> {
  return await fetch(`${server.url}${path}`, {
    headers: { Authorization: `Bearer ${server.key}` },
    signal: AbortSignal.timeout(30_000),
  });
}

async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`The server answered ${response.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}
