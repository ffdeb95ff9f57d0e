/**
 * The facts of an asset that the gateway needs for every request: whose title it is, the rules that hold for it, and its
 * published renditions. Cached in the isolate for a few seconds, so that a viewer's next segment does not read D1, and
 * a takedown still stops a film that is already playing.
 */
import { and, eq, isNull } from "drizzle-orm";
import { openSession } from "../../catalog/database.ts";
import { assets, policyVersions, renditions, titles } from "../../catalog/schema.ts";
import { BoundedMap } from "../../shared/bounded-map.ts";
import { publishedRenditions } from "../hls/published-renditions.ts";
import type { DecidableTitle } from "./decide-title.ts";
import type { RenditionFacts } from "./kept-renditions.ts";
import { forgetServicePolicy, selectServicePolicy, toServicePolicy } from "./service-policy.ts";
import { titleRules } from "./title-rules.ts";

/** Longest that a cached title is trusted, ms: this is how soon a takedown reaches every viewer. */
const playableTitleTtlMs = 15_000;

/** Titles cached in one isolate; the oldest goes first. */
const maxCached = 2000;

/** A published film with its rules. Times and rows are as of when it was read. */
export interface PlayableTitle extends DecidableTitle {
  assetId: string;
  titleId: string;
  slug: string;
  /** Its name, for people. */
  title: string;
  /** Of the asset. */
  producerId: string;
  /** Of the asset; at least 1. */
  revision: number;
  durationSeconds: number | null;
  /** As of the title's row. */
  allowedOrigins: readonly string[] | null;
  allowsNativePlayers: boolean;
  encryption: (typeof titles.encryption.enumValues)[number];
  encryptionChangedAt: number | null;
  /** The renditions that may be requested, by key: those published, and those that were and may still be playing. */
  renditions: ReadonlyMap<string, RenditionFacts["kind"]>;
}

const cached = new BoundedMap<string, { title: PlayableTitle | null; readAt: number }>(maxCached);

/**
 * The title of an asset, at most `maxAgeMs` old at `now` (Unix milliseconds); null when there is nothing to watch:
 * the asset or its title is deleted, unknown, or was never published.
 */
export async function readPlayableTitle(
  env: Pick<Env, "DB">,
  assetId: string,
  now: number,
  maxAgeMs: number = playableTitleTtlMs,
): Promise<PlayableTitle | null> {
  const known = cached.get(assetId);
  if (known !== undefined && now >= known.readAt && now - known.readAt < maxAgeMs) return known.title;
  // The first read goes to the nearest replica, because a viewer waits for it; later ones go to the primary, so a takedown
  // is known here after 15 s however far behind that replica is. A row that the replica lacks may still be in the primary.
  const title =
    (known === undefined ? await load(env, assetId, "first-unconstrained") : null) ??
    (await load(env, assetId, "first-primary"));
  cached.set(assetId, { title, readAt: now });
  return title;
}

/** Drops a title from this isolate's cache, so that a change of its rules counts at once here; elsewhere in 15 s. */
export function forgetPlayableTitle(titleId: string): void {
  for (const [assetId, { title }] of cached) {
    if (title === null || title.titleId === titleId) cached.delete(assetId);
  }
}

/** Drops every title and the service's policy from this isolate's cache: the service's own rules changed. */
export function forgetPlayableTitles(): void {
  cached.clear();
  forgetServicePolicy();
}

async function load(
  env: Pick<Env, "DB">,
  assetId: string,
  reader: Parameters<typeof openSession>[1],
): Promise<PlayableTitle | null> {
  const db = openSession(env, reader);
  const [[row], rows, service] = await db.batch([
    db
      .select({
        titleId: titles.id,
        slug: titles.slug,
        title: titles.title,
        producerId: assets.producerId,
        allowedCountries: titles.allowedCountries,
        blockedCountries: titles.blockedCountries,
        allowedOrigins: titles.allowedOrigins,
        allowsNativePlayers: titles.allowsNativePlayers,
        encryption: titles.encryption,
        encryptionChangedAt: titles.encryptionChangedAt,
        policyVersion: titles.policyVersion,
        hasOwnPolicy: titles.hasOwnPolicy,
        policy: policyVersions.document,
        revision: assets.revision,
        durationSeconds: assets.durationSeconds,
        deletedAt: assets.deletedAt,
      })
      .from(assets)
      .innerJoin(titles, eq(titles.id, assets.titleId))
      .leftJoin(
        policyVersions,
        and(eq(policyVersions.scope, titles.id), eq(policyVersions.version, titles.policyVersion)),
      )
      .where(and(eq(assets.id, assetId), isNull(titles.deletedAt))),
    db.select().from(renditions).where(eq(renditions.assetId, assetId)),
    selectServicePolicy(db),
  ]);
  if (row === undefined || row.deletedAt !== null || row.revision < 1) return null;
  // A retired rendition is no longer listed, but somebody may be watching it.
  const published = rows.filter(({ status }) => status === "ready" || status === "retired");
  return {
    assetId,
    titleId: row.titleId,
    slug: row.slug,
    title: row.title,
    producerId: row.producerId,
    revision: row.revision,
    durationSeconds: row.durationSeconds,
    allowedOrigins: row.allowedOrigins,
    allowsNativePlayers: row.allowsNativePlayers,
    encryption: row.encryption,
    encryptionChangedAt: row.encryptionChangedAt,
    policy: titleRules(row, toServicePolicy(service)),
    tracks: publishedRenditions(rows),
    facts: published,
    renditions: new Map(published.map(({ key, kind }) => [key, kind])),
  };
}
