/**
 * Brings what has changed in the catalogue to the edge: documents and feed (consumer `edge` of the changes), then lists and search. Whoever changes what viewers see awaits
 * it, so that a change counts when it is answered; the cron repeats it each minute for what a dead process left.
 */
import { type Change, consumeChanges } from "../catalog/changes.ts";
import { openDatabase } from "../catalog/database.ts";
import { serviceScope } from "../playback/policy/policy-document.ts";
import type { Feed } from "../playback/published/feed.ts";
import { applyFeed } from "../playback/published/published.ts";
import { publish } from "./edge/publish.ts";
import type { Changed } from "./edge/write-documents.ts";
import { publishShelf } from "./shelf/publish-shelf.ts";

/** Changes at a time, and times of one call: together they bound its work. The next call goes on. */
const perBatch = 50;
const maxBatches = 10;

/**
 * Publishes the changes since the last time. A failure is logged, not thrown: the change itself is made, and the cron will
 * bring it to the edge.
 * @param tell gets each feed that was written; by default this isolate's own store
 */
export async function publishChanges(
  env: Pick<Env, "DB" | "MEDIA" | "SEARCH">,
  now: number,
  tell: (feed: Feed, now: number) => void = applyFeed,
): Promise<void> {
  await publishDocuments(env, now, tell);
  await publishShelf(env, now);
}

async function publishDocuments(
  env: Pick<Env, "DB" | "MEDIA">,
  now: number,
  tell: (feed: Feed, now: number) => void,
): Promise<void> {
  const db = openDatabase(env);
  try {
    for (let batch = 0; batch < maxBatches; batch++) {
      const found = await consumeChanges(db, "edge", perBatch, now, async (changes) => {
        const feed = await publish(env, changedOf(changes), now);
        if (feed !== null) tell(feed, now);
      });
      if (found < perBatch) return;
    }
  } catch (error) {
    console.error("changes are not published yet; the cron will do it", error);
  }
}

/** What these changes touch at the edge. */
export function changedOf(changes: readonly Pick<Change, "scope" | "id">[]): Changed {
  const titleIds = new Set<string>();
  const assetIds = new Set<string>();
  let [service, keys] = [false, false];
  for (const { scope, id } of changes) {
    if (scope === "title") titleIds.add(id);
    else if (scope === "asset") assetIds.add(id);
    else if (scope === "pathway") service = true;
    else if (scope === "signing_key") keys = true;
    else if (scope === "policy") {
      const of = id.slice(0, id.lastIndexOf("/"));
      if (of === serviceScope) service = true;
      else titleIds.add(of);
    }
  }
  return { titleIds, assetIds, service, keys };
}
