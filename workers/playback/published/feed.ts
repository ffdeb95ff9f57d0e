/**
 * The feed of changes: which published objects were written anew, and in which order. It is the one thing that an isolate asks
 * for again and again, whatever the size of the catalogue. Pure.
 *
 * `n` counts up by one for each object that is named. Objects not named since `base` are as they were then. An object is always
 * written before the feed names it, so what is read under the stamp of `n` is at least as new as `n`, and may be kept for ever
 * under it.
 */
import { z } from "zod";

/** The feed's key in R2. */
export const feedKey = "edge/feed.json";

/** Entries from which the feed is cut, and those that stay: about 45 kB of JSON at most. */
const maxEntries = 1000;
const keptEntries = 500;

/** An entry: its number and its object's key, and 1 when the object is a tombstone: then nobody needs to read it. */
const entry = z.union([z.tuple([z.int(), z.string()]), z.tuple([z.int(), z.string(), z.literal(1)])]);

const document = z.object({
  epoch: z.string().regex(/^[0-9a-z]{1,40}$/),
  base: z.int().min(0),
  last: z.int().min(0),
  changes: z.array(entry),
});

/** A change: its number, and whether the object says that its thing is gone. */
export interface NamedChange {
  n: number;
  isGone: boolean;
}

/** The feed. `changes` holds the newest change of each key since `base`, oldest first. */
export interface Feed {
  /** Begins anew when the feed was lost or rolled back: numbers of another epoch mean nothing. */
  epoch: string;
  base: number;
  last: number;
  changes: ReadonlyMap<string, NamedChange>;
}

/** A feed without entries. */
export function newFeed(epoch: string): Feed {
  return { epoch, base: 0, last: 0, changes: new Map() };
}

/** Reads a feed's JSON. @throws Error when it is none */
export function parseFeed(text: string): Feed {
  const { changes, ...rest } = document.parse(JSON.parse(text));
  return { ...rest, changes: new Map(changes.map(([n, key, gone]) => [key, { n, isGone: gone === 1 }])) };
}

/** Writes a feed as JSON, the form that {@link parseFeed} reads. */
export function writeFeed({ epoch, base, last, changes }: Feed): string {
  const entries = [...changes].map(([key, { n, isGone }]) => (isGone ? [n, key, 1] : [n, key]));
  return JSON.stringify({ epoch, base, last, changes: entries });
}

/** The feed after these objects were written. Cut in half when it has grown too long. */
export function addToFeed(feed: Feed, written: readonly { key: string; isGone: boolean }[]): Feed {
  const changes = new Map(feed.changes);
  let { base, last } = feed;
  for (const { key, isGone } of written) {
    changes.delete(key); // named again, it is the newest
    changes.set(key, { n: ++last, isGone });
  }
  if (changes.size > maxEntries) {
    for (const [key, { n }] of changes) {
      if (changes.size <= keptEntries) break;
      changes.delete(key);
      base = n;
    }
  }
  return { ...feed, base, last, changes };
}

/** The stamp under which an object's newest state is cached. */
export function stampOf({ epoch, base, changes }: Feed, key: string): string {
  return `${epoch}-${changes.get(key)?.n ?? base}`;
}

/**
 * The effect of a feed on what is held from the time of another one. `older`: a late copy, which says nothing new.
 * `everything`: changes may have been missed. `foreign`: it has nothing to do with what is held.
 */
export type FeedStep =
  | { kind: "older" }
  | { kind: "named"; keys: string[] }
  | { kind: "everything" }
  | { kind: "foreign" };

/** Compares the feed that an isolate knows with another one. */
export function compareFeeds(known: Feed, next: Feed): FeedStep {
  if (known.epoch !== next.epoch) return { kind: "foreign" };
  if (next.last < known.last) return { kind: "older" };
  // Entries up to `base` were cut: those between the two feeds are unknown.
  if (next.base > known.last) return { kind: "everything" };
  const keys = [...next.changes].flatMap(([key, { n }]) => (n > known.last ? [key] : []));
  return { kind: "named", keys };
}
