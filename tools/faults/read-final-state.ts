/** Reads what a stopped Marquee has left in D1 and R2, through wrangler's own access to its state folder. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { getPlatformProxy, unstable_readConfig } from "wrangler";
import { z } from "zod";
import { projectRoot } from "../../scripts/local/project-root.ts";
import { archivedPlan, archiveKeys } from "../../workers/catalog/archive/archive-document.ts";
import type { FinalState } from "./check-storage.ts";

const assetRow = z.object({
  id: z.string(),
  status: z.string(),
  work: z.string(),
  deleted_at: z.number().nullable(),
  purged_at: z.number().nullable(),
  archived_at: z.number().nullable(),
  source_key: z.string(),
  mezzanine_bytes: z.number().nullable(),
  named_poster: z.string().nullable(),
  error_code: z.string().nullable(),
});
const renditionRow = z.object({ asset_id: z.string(), key: z.string(), root_hash: z.string() });

/** See {@link FinalState}; with it each asset's error code, and how many messages ended as dead letters. */
export async function readFinalState(
  state: string,
): Promise<FinalState & { errorCodes: Map<string, string | null>; deadLetters: number }> {
  return await withStorage(state, async ({ DB, MEDIA, SOURCES }) => {
    const assets = await query(
      DB,
      `select a.*, coalesce(a.poster_key, (select key from renditions r where r.asset_id = a.id and r.kind = 'image')) named_poster from assets a`,
      assetRow,
    );
    const renditions = await query(
      DB,
      `select r.asset_id, r.key, r.root_hash from renditions r join assets a on a.id = r.asset_id
       where r.status in ('ready', 'retired') and r.root_hash is not null and a.deleted_at is null`,
      renditionRow,
    );
    const waiting = await query(
      DB,
      "select id from uploads where status = 'waiting'",
      z.object({ id: z.string() }),
    );
    const [letters] = await query(DB, "select count(*) n from dead_letters", z.object({ n: z.number() }));
    const media = await listKeys(MEDIA);
    const texts = new Map<string, string>();
    const digests = new Map<string, string>();
    for (const key of media) {
      if (!/\.(json|m4s|mp4|vtt|jpg)$/.test(key)) continue;
      const bytes = new Uint8Array((await (await MEDIA.get(key))?.arrayBuffer()) ?? new ArrayBuffer());
      digests.set(key, createHash("sha256").update(bytes).digest("hex"));
      if (key.endsWith(".json")) texts.set(key, new TextDecoder().decode(bytes));
    }
    return {
      assets: assets.map((row) => ({
        id: row.id,
        status: row.status,
        work: row.work,
        fate: row.purged_at !== null ? "purged" : row.deleted_at !== null ? "deleted" : "there",
        sourceKey: row.source_key,
        hasCopy: row.mezzanine_bytes !== null,
        posterKey: row.named_poster,
        isArchived: row.archived_at !== null,
      })),
      waitingUploads: waiting.map(({ id }) => id),
      renditions: [
        ...renditions.map((row) => ({ assetId: row.asset_id, key: row.key, rootHash: row.root_hash })),
        ...assets.flatMap((row) =>
          row.archived_at === null || row.deleted_at !== null ? [] : readArchived(texts, row.id),
        ),
      ],
      media,
      sources: await listKeys(SOURCES),
      texts,
      digests,
      errorCodes: new Map(assets.map((row) => [row.id, row.error_code])),
      deadLetters: letters?.n ?? 0,
    };
  });
}

/** Every key in both buckets, after its bucket's name. */
export async function listStored(state: string): Promise<string[]> {
  return await withStorage(state, async ({ MEDIA, SOURCES }) => [
    ...(await listKeys(MEDIA)).map((key) => `media ${key}`),
    ...(await listKeys(SOURCES)).map((key) => `sources ${key}`),
  ]);
}

type Storage = Pick<Env, "DB" | "MEDIA" | "SOURCES">;

async function withStorage<T>(state: string, act: (storage: Storage) => Promise<T>): Promise<T> {
  const configPath = path.join(state, "storage.json");
  writeFileSync(configPath, JSON.stringify(storageConfig()));
  const proxy = await getPlatformProxy<Storage>({ configPath, persist: { path: path.join(state, "v3") } });
  try {
    return await act(proxy.env);
  } finally {
    await proxy.dispose();
  }
}

/** The published renditions that an asset's archive names. @throws Error when there is no archive */
function readArchived(texts: ReadonlyMap<string, string>, assetId: string): FinalState["renditions"] {
  const archive = archivedPlan.parse(JSON.parse(texts.get(archiveKeys(assetId).plan) ?? ""));
  return archive.renditions.flatMap(({ key, status, rootHash }) =>
    status === "ready" && rootHash !== null ? [{ assetId, key, rootHash }] : [],
  );
}

/** Only what holds data: the Worker's own configuration names classes that this process does not have. */
function storageConfig(): unknown {
  const { d1_databases, r2_buckets, compatibility_date } = unstable_readConfig({
    config: path.join(projectRoot, "wrangler.toml"),
  });
  return { name: "storage", compatibility_date, d1_databases, r2_buckets };
}

async function query<T extends z.ZodType>(db: D1Database, sql: string, row: T): Promise<z.infer<T>[]> {
  const { results } = await db.prepare(sql).all();
  return results.map((one) => row.parse(one));
}

async function listKeys(bucket: R2Bucket): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await bucket.list(cursor === undefined ? {} : { cursor });
    keys.push(...page.objects.map(({ key }) => key));
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return keys;
}
