/** Publishes to the edge: documents first, then the feed that names them. Nothing here needs the Workers runtime. */
import type { Feed } from "../../playback/published/feed.ts";
import { nameInFeed } from "./name-in-feed.ts";
import { type Changed, writeDocuments } from "./write-documents.ts";

/**
 * Writes what has changed, and names it. Safe to repeat, also while others do the same.
 * @returns the feed; null when there was nothing to write
 */
export async function publish(
  env: Pick<Env, "DB" | "MEDIA">,
  changed: Changed,
  now: number,
): Promise<Feed | null> {
  const written = await writeDocuments(env, changed);
  if (written.length === 0) return null;
  const { feed, isNewEpoch } = await nameInFeed(env, written, now);
  if (!isNewEpoch || (changed.service && changed.keys)) return feed;
  const whole = await writeDocuments(env, { titleIds: [], assetIds: [], service: true, keys: true });
  return (await nameInFeed(env, whole, now)).feed;
}
