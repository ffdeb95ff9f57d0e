import { z } from "zod";
import { fetchWithin } from "../shared/fetch-within.ts";

/** Longest wait for the controller, a process on this machine, ms. */
const controllerMs = 2000;

const order = z.object({
  assetId: z.string(),
  /** 0…1: which of the asset's stored segments. */
  pick: z.number(),
  how: z.enum(["corrupt", "truncate", "delete"]),
});

/** Damages a stored segment, when the controller has an order, and tells it which one: null when there was none. */
export async function damageStored(env: Pick<Env, "MEDIA">, controller: string): Promise<void> {
  const answer = await fetchWithin(controllerMs, `${controller}/damage`).catch(() => null);
  if (answer === null || answer.status !== 200) return;
  const { assetId, pick, how } = order.parse(await answer.json());
  const { objects } = await env.MEDIA.list({ prefix: `media/${assetId}/` });
  const segments = objects.filter(({ key }) => /(seg-\d+\.(m4s|vtt)|sprite-\d+\.jpg|init\.mp4)$/.test(key));
  const key = segments[Math.floor(pick * segments.length)]?.key;
  const bytes = key === undefined ? undefined : await (await env.MEDIA.get(key))?.bytes();
  if (key !== undefined && bytes !== undefined) {
    const middle = bytes.byteLength >> 1;
    if (how === "delete") await env.MEDIA.delete(key);
    else if (how === "truncate") await env.MEDIA.put(key, bytes.subarray(0, middle));
    else await env.MEDIA.put(key, bytes.with(middle, (bytes[middle] ?? 0) ^ 0xff));
  }
  const body = JSON.stringify({ key: key ?? null, how });
  await fetchWithin(controllerMs, `${controller}/damaged`, { method: "POST", body });
}
