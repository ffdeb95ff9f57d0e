/**
 * Objects that belong to nothing: of deleted assets (a zombie's last write), of uploads that ended, and of rows that are
 * not there. Ids are random, so both buckets are swept in 1,024 slices by the ids' first two letters, one a minute:
 * everything is seen once in 17 hours, and no run lists more than a few pages.
 */
import { inArray, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { assets, uploads } from "../../catalog/schema.ts";
import { idAlphabet } from "../../shared/new-id.ts";
import { deletePrefix } from "../lifecycle/delete-asset.ts";

const minuteMs = 60_000;

/** A delete that goes on, and writes on their way, are left alone for this long. */
const graceMs = 3_600_000;

/** Objects without a row are kept for this long: a database that was restored from a backup must not cost a film. */
const unknownMs = 7 * 86_400_000;

/** The standing of the objects under an id, by its row. `unknown`: there is no such row. */
type Standing = "wanted" | "ended" | "unknown";

/** The letters with which the swept ids begin. @param now Unix milliseconds */
export function sliceAt(now: number): string {
  const slice = Math.floor(now / minuteMs) % 1024;
  return idAlphabet.charAt(slice >> 5) + idAlphabet.charAt(slice & 31);
}

/** Sweeps the slice of this minute. */
export async function sweepOrphans(env: Env, now: number): Promise<void> {
  const letters = sliceAt(now);
  for (const folder of ["media/", "work/", "reports/", "plans/"]) {
    await sweep(env.MEDIA, `${folder}ast_${letters}`, (ids) => assetsOf(env, ids, now), now);
  }
  await sweep(env.SOURCES, `remuxed/ast_${letters}`, (ids) => assetsOf(env, ids, now), now);
  await sweep(env.SOURCES, `sources/upl_${letters}`, (ids) => sourcesOf(env, ids, now), now);
  await sweep(env.SOURCES, `tails/upl_${letters}`, (ids) => tailsOf(env, ids, now), now);
}

async function sweep(
  bucket: R2Bucket,
  prefix: string,
  ask: (ids: string[]) => Promise<Map<string, Standing>>,
  now: number,
): Promise<void> {
  const page = await bucket.list({ prefix, delimiter: "/" });
  const found = [...page.delimitedPrefixes, ...page.objects.map(({ key }) => key)];
  if (found.length === 0) return;
  const idOf = (key: string): string => /(?:ast|upl)_\w+/.exec(key)?.[0] ?? "";
  const standings = await ask(found.map(idOf));
  for (const key of found) {
    const standing = standings.get(idOf(key)) ?? "unknown";
    if (standing === "wanted") continue;
    if (standing === "unknown" && !(await isOlder(bucket, key, now - unknownMs))) continue;
    console.warn("sweeping what belongs to nothing", key, standing);
    await deletePrefix(bucket, key);
  }
}

async function isOlder(bucket: R2Bucket, prefix: string, than: number): Promise<boolean> {
  const { objects } = await bucket.list({ prefix });
  return objects.every(({ uploaded }) => uploaded.getTime() < than);
}

async function assetsOf(env: Env, ids: string[], now: number): Promise<Map<string, Standing>> {
  const rows = await openDatabase(env)
    .select({ id: assets.id, deletedAt: assets.deletedAt })
    .from(assets)
    .where(inArray(assets.id, listed(ids)));
  return new Map(
    rows.map(({ id, deletedAt }) => [
      id,
      deletedAt !== null && deletedAt < now - graceMs ? "ended" : "wanted",
    ]),
  );
}

async function sourcesOf(env: Env, ids: string[], now: number): Promise<Map<string, Standing>> {
  const rows = await uploadRows(env, ids);
  const standings = await assetsOf(
    env,
    rows.map(({ assetId }) => assetId),
    now,
  );
  return new Map(
    rows.map(({ id, assetId, status, updatedAt }) => {
      if (status === "asset_created") return [id, standings.get(assetId) ?? "unknown"];
      return [id, status !== "waiting" && updatedAt < now - graceMs ? "ended" : "wanted"];
    }),
  );
}

async function tailsOf(env: Env, ids: string[], now: number): Promise<Map<string, Standing>> {
  const rows = await uploadRows(env, ids);
  return new Map(
    rows.map(({ id, status, updatedAt }) => [
      id,
      status !== "waiting" && updatedAt < now - graceMs ? "ended" : "wanted",
    ]),
  );
}

async function uploadRows(env: Env, ids: string[]) {
  return openDatabase(env)
    .select({
      id: uploads.id,
      assetId: uploads.assetId,
      status: uploads.status,
      updatedAt: uploads.updatedAt,
    })
    .from(uploads)
    .where(inArray(uploads.id, listed(ids)));
}

// One JSON parameter: D1 takes at most 100 parameters a statement.
function listed(ids: string[]) {
  return sql`(select value from json_each(${JSON.stringify(ids)}))`;
}
