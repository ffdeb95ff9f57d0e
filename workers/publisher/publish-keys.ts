/** Brings producers' signing keys to the edge at once, past whatever other changes wait to be published. */
import { applyFeed } from "../playback/published/published.ts";
import { publish } from "./edge/publish.ts";

/**
 * Publishes the keys in force. A key that is revoked because it is in other hands must not wait behind a thousand changed titles, or
 * behind one that can't be published. A failure is logged, not thrown: the change is made, and the cron will bring it to the edge.
 */
export async function publishKeys(env: Pick<Env, "DB" | "MEDIA">, now: number): Promise<void> {
  try {
    const feed = await publish(env, { titleIds: [], assetIds: [], service: false, keys: true }, now);
    if (feed !== null) applyFeed(feed, now);
  } catch (error) {
    console.error("signing keys are not published yet; the cron will do it", error);
  }
}
