/** This isolate's store, and reads of it by kind. Everything a viewer does asks here, and nothing of it asks D1. */
import { exports } from "cloudflare:workers";
import type { ServiceDocument, TitleDocument } from "./documents.ts";
import { documentKeys, type FilmDocument, isDocumentKey, type KeysDocument } from "./documents.ts";
import type { Feed } from "./feed.ts";
import { PublishedStore, rulesUnknown } from "./published-store.ts";

/** Longest that one read from the origin may take, ms: what is held goes on meanwhile. */
const readTimeoutMs = 2500;

const store = new PublishedStore((path) =>
  exports.Origin.fetch(`http://origin${path}`, { signal: AbortSignal.timeout(readTimeoutMs) }),
);

/** Makes what was just published count in this isolate at once; elsewhere it does within 15 s. @param now Unix ms */
export function applyFeed(feed: Feed, now: number): void {
  store.applyFeed(feed, now);
}

/** The published asset; null when there is nothing to watch. @throws Problem 503 `rules_unknown` */
export async function readFilm(
  assetId: string,
  now: number,
  maxAgeMs?: number,
): Promise<FilmDocument | null> {
  const document = await readKey(documentKeys.asset(assetId), now, maxAgeMs);
  return document?.kind === "film" ? document : null;
}

/** The title with this slug or id; null when there is none. @throws Problem 503 `rules_unknown` */
export async function readTitle(slugOrId: string, now: number): Promise<TitleDocument | null> {
  const isId = slugOrId.startsWith("ttl_");
  const document = await readKey(isId ? documentKeys.title(slugOrId) : documentKeys.slug(slugOrId), now);
  return document?.kind === "title" ? document : null;
}

/**
 * What holds for the whole service; null when nothing was ever published.
 * @throws Problem 503 `rules_unknown`, also when the document is lost: without it rules would be laxer than they are.
 */
export async function readService(now: number, maxAgeMs?: number): Promise<ServiceDocument | null> {
  const document = await readKey(documentKeys.service, now, maxAgeMs);
  if (document?.kind === "service") return document;
  if (store.hasFeed()) throw rulesUnknown();
  return null;
}

/** The producers' keys; null when nothing was ever published. @throws Problem 503 `rules_unknown` */
export async function readKeys(now: number): Promise<KeysDocument | null> {
  const document = await readKey(documentKeys.keys, now);
  return document?.kind === "keys" ? document : null;
}

async function readKey(key: string, now: number, maxAgeMs?: number) {
  return isDocumentKey(key) ? await store.read(key, now, maxAgeMs) : null;
}

/**
 * The published asset and the service's document, where both are held and count at `now`: what a warm request for media asks
 * for, without waiting. @returns undefined where one has to be read, or the service's is missing
 */
export function peekFilm(
  assetId: string,
  now: number,
): { film: FilmDocument; service: ServiceDocument } | undefined {
  const film = store.peek(documentKeys.asset(assetId), now);
  const service = store.peek(documentKeys.service, now);
  return film?.kind === "film" && service?.kind === "service" ? { film, service } : undefined;
}
