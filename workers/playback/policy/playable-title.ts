/**
 * What the gateway must know of an asset for every request: whose title it is, the rules that hold for it, and which
 * renditions are published. Held in the isolate for a few seconds, so that a viewer's next segment does not ask D1, and
 * a takedown still stops a film that is already playing.
 */
import { and, eq } from "drizzle-orm";
import { openSession } from "../../catalog/database.ts";
import { assets, policyVersions, renditions, titles } from "../../catalog/schema.ts";
import { publishedRenditions } from "../hls/published-renditions.ts";
import type { DecidableTitle } from "./decide-title.ts";
import type { RenditionFacts } from "./kept-renditions.ts";
import { forgetServicePolicy, selectServicePolicy, toServicePolicy } from "./service-policy.ts";
import { titleRules } from "./title-rules.ts";

/** Longest that a held document is trusted, ms: this is how soon a takedown reaches every viewer. */
export const policyHeldMs = 15_000;

/** Documents held in one isolate; the oldest goes first. */
const maxHeld = 2000;

/** See the file's comment. Times and rows are as of when it was read. */
export interface PolicyDocument extends DecidableTitle {
  assetId: string;
  titleId: string;
  slug: string;
  /** What it is called. */
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
  /** The renditions that may be asked for, by key: those published, and those that were and may still be playing. */
  renditions: ReadonlyMap<string, RenditionFacts["kind"]>;
}

const held = new Map<string, { document: PolicyDocument | null; readAt: number }>();

/**
 * The document of an asset, at most `maxAgeMs` old at `now` (Unix milliseconds); null when there is nothing to watch:
 * the asset or its title is deleted, unknown, or was never published.
 */
export async function readTitlePolicy(
  env: Pick<Env, "DB">,
  assetId: string,
  now: number,
  maxAgeMs: number = policyHeldMs,
): Promise<PolicyDocument | null> {
  const known = held.get(assetId);
  if (known !== undefined && now >= known.readAt && now - known.readAt < maxAgeMs) return known.document;
  // Who waits for a first play asks the nearest replica, which may be behind; from then on the primary is asked, so a
  // takedown is known here after 15 s however far behind that replica is. What a replica doesn't have, it may only lack.
  const document =
    (known === undefined ? await load(env, assetId, "first-unconstrained") : null) ??
    (await load(env, assetId, "first-primary"));
  held.delete(assetId);
  held.set(assetId, { document, readAt: now });
  for (const oldest of held.keys()) {
    if (held.size <= maxHeld) break;
    held.delete(oldest);
  }
  return document;
}

/** Forgets what this isolate holds of a title, so that a change of its rules counts at once here; elsewhere in 15 s. */
export function forgetTitlePolicy(titleId: string): void {
  for (const [assetId, { document }] of held) {
    if (document === null || document.titleId === titleId) held.delete(assetId);
  }
}

/** Forgets everything that this isolate holds: the service's own rules changed. */
export function forgetEveryPolicy(): void {
  held.clear();
  forgetServicePolicy();
}

async function load(
  env: Pick<Env, "DB">,
  assetId: string,
  reader: Parameters<typeof openSession>[1],
): Promise<PolicyDocument | null> {
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
      .where(eq(assets.id, assetId)),
    db.select().from(renditions).where(eq(renditions.assetId, assetId)),
    selectServicePolicy(db),
  ]);
  if (row === undefined || row.deletedAt !== null || row.revision < 1) return null;
  const { titleId, slug, title, producerId, revision, durationSeconds } = row;
  const { allowedOrigins, allowsNativePlayers, encryption, encryptionChangedAt } = row;
  // A retired rendition is listed no more, but may be what somebody is watching.
  const published = rows.filter(({ status }) => status === "ready" || status === "retired");
  return {
    ...{ assetId, titleId, slug, title, producerId, revision, durationSeconds },
    ...{ allowedOrigins, allowsNativePlayers, encryption, encryptionChangedAt },
    policy: titleRules(row, toServicePolicy(service)),
    tracks: publishedRenditions(rows),
    facts: published,
    renditions: new Map(published.map(({ key, kind }) => [key, kind])),
  };
}
