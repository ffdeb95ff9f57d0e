import { and, asc, eq, lt } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { registerSource } from "../../catalog/register-source.ts";
import { uploads } from "../../catalog/schema.ts";
import { startAsset } from "../lifecycle/asset-lifecycle.ts";

/** Uploads that one run asks R2 about. */
const uploadsPerRun = 20;

/** A request that is just finishing its upload is left alone for this long. */
const graceMs = 60_000;

const minuteMs = 60_000;

/**
 * Finds uploads that still wait in D1 though R2 holds their whole object, whatever made D1 miss it, and begins work on
 * them. All waiting uploads have their turn, a page a minute.
 */
export async function findMissedSources(env: Env, now: number): Promise<void> {
  const db = openDatabase(env);
  const waits = and(eq(uploads.status, "waiting"), lt(uploads.updatedAt, now - graceMs));
  const pages = Math.ceil((await db.$count(uploads, waits)) / uploadsPerRun);
  if (pages === 0) return;
  const waiting = await db
    .select({ id: uploads.id, sourceKey: uploads.sourceKey, length: uploads.length })
    .from(uploads)
    .where(waits)
    .orderBy(asc(uploads.id))
    .limit(uploadsPerRun)
    .offset((Math.floor(now / minuteMs) % pages) * uploadsPerRun);
  for (const { id, sourceKey, length } of waiting) {
    try {
      const object = await env.SOURCES.head(sourceKey);
      if (object === null || (length !== null && object.size !== length)) continue;
      const source = { key: sourceKey, bytes: object.size, etag: object.etag };
      const assetId = await registerSource(env, source, now);
      if (assetId !== null) await startAsset(env, assetId, now);
    } catch (error) {
      console.error("could not take up upload", id, error);
    }
  }
}
