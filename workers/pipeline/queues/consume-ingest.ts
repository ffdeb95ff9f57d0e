/**
 * The consumer of R2's notifications. A notification is a hint: it may come twice, late, or about an object that is
 * gone, so only the present state of R2 and D1 counts.
 */

import { registerSource } from "../../catalog/register-source.ts";
import { sourceNotification } from "../../ingest/notification.ts";
import { publishChanges } from "../../publisher/publish-changes.ts";
import { startAsset } from "../lifecycle/asset-lifecycle.ts";

/** Registers each announced source and begins work on it. One that fails is retried by the queue, the others are not. */
export async function consumeIngest(batch: MessageBatch, env: Env): Promise<void> {
  for (const message of batch.messages) {
    try {
      const parsed = sourceNotification.safeParse(message.body);
      if (parsed.success) await takeSource(env, parsed.data.object.key, Date.now());
      else console.error("not an R2 notification", message.body);
      message.ack();
    } catch (error) {
      console.error("could not take a source", error);
      message.retry({ delaySeconds: Math.min(300, 5 * 2 ** message.attempts) });
    }
  }
  // From now on their pages say that they are being prepared.
  await publishChanges(env, Date.now());
}

async function takeSource(env: Env, key: string, now: number): Promise<void> {
  const object = await env.SOURCES.head(key);
  if (object === null) return;
  const assetId = await registerSource(env, { key, bytes: object.size, etag: object.etag }, now);
  if (assetId !== null) await startAsset(env, assetId, now);
}
