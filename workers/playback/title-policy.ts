/**
 * What the gateway must know of an asset for every request: whose title it is, that title's rules, and which
 * renditions are published. Held in the isolate for a few seconds, so that a viewer's next segment does not ask D1, and
 * a takedown still stops a film that is already playing.
 */
import { eq } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { assets, renditions, titles } from "../catalog/schema.ts";
import type { TerritoryRules } from "./resolve-policy.ts";

/** Longest that a held document is trusted, ms: this is how soon a takedown reaches every viewer. */
export const policyHeldMs = 15_000;

/** Documents held in one isolate; the oldest goes first. */
const maxHeld = 2000;

/** See the file's comment. Times and rows are as of when it was read. */
export interface PolicyDocument {
  assetId: string;
  titleId: string;
  /** Whose title it is. */
  producerId: string;
  /** Which pages may play it; see `EmbeddingRule`. */
  allowedOrigins: readonly string[] | null;
  allowsNativePlayers: boolean;
  /** Of the asset; at least 1. */
  revision: number;
  rules: TerritoryRules;
  /** The published renditions, by key. */
  renditions: ReadonlyMap<string, (typeof renditions.kind.enumValues)[number]>;
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
  const document = await load(env, assetId);
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

async function load(env: Pick<Env, "DB">, assetId: string): Promise<PolicyDocument | null> {
  const db = openDatabase(env);
  const [[row], tracks] = await db.batch([
    db
      .select({
        titleId: titles.id,
        producerId: titles.producerId,
        allowedOrigins: titles.allowedOrigins,
        allowsNativePlayers: titles.allowsNativePlayers,
        allowedCountries: titles.allowedCountries,
        blockedCountries: titles.blockedCountries,
        revision: assets.revision,
        deletedAt: assets.deletedAt,
      })
      .from(assets)
      .innerJoin(titles, eq(titles.id, assets.titleId))
      .where(eq(assets.id, assetId)),
    db
      .select({ key: renditions.key, kind: renditions.kind, status: renditions.status })
      .from(renditions)
      .where(eq(renditions.assetId, assetId)),
  ]);
  if (row === undefined || row.deletedAt !== null || row.revision < 1) return null;
  const { titleId, producerId, allowedOrigins, allowsNativePlayers, revision } = row;
  const { allowedCountries, blockedCountries } = row;
  // A retired rendition is listed no more, but may be what somebody is watching.
  const published = tracks.filter(({ status }) => status === "ready" || status === "retired");
  return {
    assetId,
    titleId,
    producerId,
    allowedOrigins,
    allowsNativePlayers,
    revision,
    rules: { allowedCountries, blockedCountries },
    renditions: new Map(published.map(({ key, kind }) => [key, kind])),
  };
}
