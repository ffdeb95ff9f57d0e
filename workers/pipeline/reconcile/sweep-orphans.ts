/**
 * Objects that belong to nothing: of films whose grace is over (a zombie's last write), and of uploads that ended. Ids are
 * random, so both buckets are swept in 1,024 slices by the ids' first two letters, one a minute: everything is seen once in
 * 17 hours. Only a row that says so ends an object. What no row knows is counted, listed for operators, and never removed;
 * where there is much of it, the database is not to be believed, and nothing at all is deleted any more.
 */
import { inArray, sql } from "drizzle-orm";
import { raiseAlarm } from "../../catalog/alarms.ts";
import type { Room } from "../../catalog/count-statements.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, uploads } from "../../catalog/schema.ts";
import type { DeletionGate } from "../../safety/deletion-gate.ts";
import { deletionGraceMs, purgeMarginMs } from "../../safety/deletion-grace.ts";
import { countUnknown, fuseDetail, tripsFuse } from "../../safety/unknown-objects.ts";
import { idAlphabet } from "../../shared/new-id.ts";
import { deletePrefix } from "../storage/delete-prefix.ts";

const minuteMs = 60_000;

/** A request that ends its upload just now is left alone for this long. */
const graceMs = 3_600_000;

/** A complete source whose upload was cancelled or ran out is kept for this long after it ended. */
const endedSourceMs = 30 * 86_400_000;

/** Ids that one question to D1 names. */
const idsPerQuery = 1000;

/** The standing of the objects under an id, by its row. `unknown`: there is no such row. */
type Standing = "wanted" | "ended" | "unknown";

/** A folder of a bucket, and the question about the ids in it. */
interface Folder {
  bucket: R2Bucket;
  name: "SOURCES" | "MEDIA";
  prefix: string;
  ask: (ids: string[]) => Promise<Map<string, Standing>>;
}

/** The letters with which the swept ids begin. @param now Unix milliseconds */
export function sliceAt(now: number): string {
  const slice = Math.floor(now / minuteMs) % 1024;
  return idAlphabet.charAt(slice >> 5) + idAlphabet.charAt(slice & 31);
}

/** Sweeps the slice of this minute: looks at all of it before anything of it is removed. */
export async function sweepOrphans(env: Env, now: number, _room: Room, gate: DeletionGate): Promise<void> {
  const letters = sliceAt(now);
  const ended: { bucket: R2Bucket; key: string }[] = [];
  const ids = new Set<string>();
  const unknown: { id: string; key: string }[] = [];
  for (const folder of foldersOf(env, letters, now)) {
    for await (const keys of pagesOf(folder)) {
      const standings = await folder.ask(keys.map(idOf));
      for (const key of keys) {
        const id = idOf(key);
        ids.add(id);
        const standing = standings.get(id) ?? "unknown";
        if (standing === "ended") ended.push({ bucket: folder.bucket, key });
        else if (standing === "unknown") unknown.push({ id, key: `${folder.name}/${key}` });
      }
    }
  }
  const counted = await countUnknown(env, letters, { found: ids.size, unknown }, now);
  if (tripsFuse(counted)) {
    await raiseAlarm(openDatabase(env), "sweep_fuse", fuseDetail(letters, counted), now);
    return;
  }
  if (ended.length === 0 || !(await gate.mayDelete())) return;
  for (const { bucket, key } of ended) {
    console.warn("sweeping what has ended", key);
    await deletePrefix(bucket, key);
  }
}

function foldersOf(env: Env, letters: string, now: number): Folder[] {
  const ofAssets = (ids: string[]) => assetsOf(env, ids, now);
  const media = ["media/", "work/", "reports/", "plans/"].map((folder) => ({
    ...{ bucket: env.MEDIA, name: "MEDIA" as const, prefix: `${folder}ast_${letters}`, ask: ofAssets },
  }));
  const ofSources = { bucket: env.SOURCES, name: "SOURCES" as const };
  return [
    ...media,
    { ...ofSources, prefix: `remuxed/ast_${letters}`, ask: ofAssets },
    { ...ofSources, prefix: `sources/upl_${letters}`, ask: (ids) => sourcesOf(env, ids, now) },
    { ...ofSources, prefix: `tails/upl_${letters}`, ask: (ids) => tailsOf(env, ids, now) },
  ];
}

async function* pagesOf({ bucket, prefix }: Folder): AsyncGenerator<string[]> {
  let cursor: string | undefined;
  do {
    const options = { prefix, delimiter: "/", limit: idsPerQuery };
    const page = await bucket.list(cursor === undefined ? options : { ...options, cursor });
    const keys = [...page.delimitedPrefixes, ...page.objects.map(({ key }) => key)];
    if (keys.length > 0) yield keys;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
}

function idOf(key: string): string {
  return /(?:ast|upl)_\w+/.exec(key)?.[0] ?? "";
}

async function assetsOf(env: Env, ids: string[], now: number): Promise<Map<string, Standing>> {
  const rows = await openDatabase(env)
    .select({ id: assets.id, deletedAt: assets.deletedAt })
    .from(assets)
    .where(inArray(assets.id, listed(ids)));
  return new Map(rows.map(({ id, deletedAt }) => [id, standingOf(env, deletedAt, now)]));
}

function standingOf(env: Env, deletedAt: number | null, now: number): Standing {
  const endedBefore = now - deletionGraceMs(env) - purgeMarginMs;
  return deletedAt !== null && deletedAt < endedBefore ? "ended" : "wanted";
}

async function sourcesOf(env: Env, ids: string[], now: number): Promise<Map<string, Standing>> {
  const rows = await uploadRows(env, ids);
  const ofAssets = await assetsOf(
    env,
    rows.map(({ assetId }) => assetId),
    now,
  );
  // The row of an upload goes a month after it became a film; the film's names it.
  const films = await openDatabase(env)
    .select({ id: assets.uploadId, deletedAt: assets.deletedAt })
    .from(assets)
    .where(inArray(assets.uploadId, listed(ids)));
  return new Map([
    ...rows.map(({ id, assetId, status, updatedAt }): [string, Standing] => {
      // An asset's row decides, whatever became of its upload's.
      const standing = ofAssets.get(assetId);
      if (standing !== undefined) return [id, standing];
      if (status === "asset_created") return [id, "unknown"];
      return [id, status !== "waiting" && updatedAt < now - endedSourceMs ? "ended" : "wanted"];
    }),
    ...films.map(({ id, deletedAt }): [string, Standing] => [id, standingOf(env, deletedAt, now)]),
  ]);
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
