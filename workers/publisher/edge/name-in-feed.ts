/** Names written documents in the feed, by compare-and-set, after they were written. */
import { raiseAlarm } from "../../catalog/alarms.ts";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { readState, writeState } from "../../catalog/service-state.ts";
import {
  addToFeed,
  type Feed,
  feedKey,
  newFeed,
  parseFeed,
  writeFeed,
} from "../../playback/published/feed.ts";
import type { Written } from "./write-documents.ts";

/** The last number that this service has written, as `{epoch}/{last}`. */
const stateName = "edge_feed";

/** Tries of one write. R2 takes one write of a key a second, so publishers may have to queue. */
const maxTries = 10;

/** Longest pause between two tries, ms; each is drawn at random. */
const pauseMs = 1200;

type Bound = Pick<Env, "DB" | "MEDIA">;

/**
 * Adds what was written to the feed. @returns the feed, and whether it is the first of a new epoch: then everything that has no
 * row of its own (service, keys) must be written and named as well. @throws Error when others are always faster
 */
export async function nameInFeed(
  env: Bound,
  written: readonly Written[],
  now: number,
): Promise<{ feed: Feed; isNewEpoch: boolean }> {
  const db = openDatabase(env);
  for (let tries = 1; ; tries++) {
    try {
      const done = await tryOnce(env, db, written, now);
      if (done !== null) return done;
    } catch (error) {
      if (tries === maxTries) throw error;
      console.warn("feed was not written, trying again", error);
    }
    if (tries === maxTries) throw new Error("others are always faster at the feed");
    await new Promise((go) => setTimeout(go, Math.random() * Math.min(pauseMs, 100 * 2 ** tries)));
  }
}

async function tryOnce(env: Bound, db: Database, written: readonly Written[], now: number) {
  // Before the feed, which is never older than what the state says of it, except after a loss.
  const known = await readState(db, stateName);
  const stored = await env.MEDIA.get(feedKey);
  const before = stored === null ? null : parseFeed(await stored.text());
  const isLost = await isRolledBack(db, known, before, now);
  const isNewEpoch = before === null || isLost;
  const feed = addToFeed(isNewEpoch ? newFeed(newEpoch()) : before, written);
  const put = await env.MEDIA.put(feedKey, writeFeed(feed), {
    httpMetadata: { contentType: "application/json" },
    onlyIf: stored === null ? { etagDoesNotMatch: "*" } : { etagMatches: stored.etag },
  });
  if (put === null) return null;
  await writeState(db, stateName, `${feed.epoch}/${feed.last}`, now);
  return { feed, isNewEpoch };
}

/** Checks whether the bucket has lost writes: its caches and readers know more than it does. */
async function isRolledBack(
  db: Database,
  known: string | null,
  before: Feed | null,
  now: number,
): Promise<boolean> {
  const [epoch, last] = known?.split("/") ?? [];
  if (epoch === undefined) return false;
  if (before !== null && (before.epoch !== epoch || before.last >= Number(last))) return false;
  await raiseAlarm(
    db,
    "edge_rolled_back",
    "The media bucket has lost published documents (edge/). Write them anew: POST /v1/ops/republish, until it gives no next_cursor.",
    now,
  );
  return true;
}

function newEpoch(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
