/** Brings changed rows to the edge and to this isolate's store; for tests in workerd. */
import { applyFeed } from "../../workers/playback/published/published.ts";
import { publish } from "../../workers/publisher/edge/publish.ts";

/** Publishes titles with their films (and assets without a title), the service and the keys, as if changed through this isolate. */
export async function publishHere(
  env: Pick<Env, "DB" | "MEDIA">,
  changed: { titleIds?: string[]; assetIds?: string[] } = {},
): Promise<void> {
  const { titleIds = [], assetIds = [] } = changed;
  const now = Date.now();
  const feed = await publish(env, { titleIds, assetIds, service: true, keys: true }, now);
  if (feed !== null) applyFeed(feed, now);
}
