/**
 * Deletes the leavings of attempts at an asset that errored: segments and slices that no report names, and playlists that
 * were not published. Nothing that is kept for a later attempt is touched.
 */

import { and, eq, isNotNull, sql } from "drizzle-orm";
import { z } from "zod";
import { isTrackFile } from "../../../protocol/media-files.ts";
import type { Room } from "../../catalog/count-statements.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, renditions } from "../../catalog/schema.ts";
import { takeTurns } from "../../catalog/take-turns.ts";
import type { DeletionGate } from "../../safety/deletion-gate.ts";
import { renditionPrefix, sliceObjectKey } from "../storage/media-keys.ts";
import { abandonMezzanine } from "../storage/mezzanine-upload.ts";
import { assetsByUpdate } from "./assets-by-update.ts";

/** Assets that one run looks at. */
const assetsPerRun = 20;

/** Attempts that ran when the asset errored notice it within seconds. */
const graceMs = 30_000;

/** Later than this there is nothing new to find. */
const windowMs = 10 * 60_000;

const named = z.object({ file: z.string() });
const report = z.object({ init: named.nullable(), segments: z.array(named) });

/** Cleans up after assets whose work failed a moment ago. One that can't be cleaned up does not stop the others. */
export async function deleteFailedOutput(
  env: Env,
  now: number,
  _room: Room,
  gate: DeletionGate,
): Promise<void> {
  const db = openDatabase(env);
  await takeTurns(
    db,
    {
      name: "clean up",
      limit: assetsPerRun,
      ...assetsByUpdate(
        db,
        sql`${assets.work} = 'failed' and ${assets.deletedAt} is null
          and ${assets.updatedAt} < ${now - graceMs} and ${assets.updatedAt} > ${now - windowMs}`,
      ),
      act: async ({ id, updatedAt }) => {
        if (await gate.mayDelete()) await deleteLeavings(env, id, updatedAt + graceMs);
      },
    },
    now,
  );
}

async function deleteLeavings(env: Env, assetId: string, before: number): Promise<void> {
  await abandonMezzanine(env, assetId);
  const reported = await listKeys(env, `reports/${assetId}/`, Number.POSITIVE_INFINITY);
  const names = new Set<string>();
  for (const key of reported) {
    const path = key.slice(`reports/${assetId}/`.length);
    if (path.startsWith("tasks/")) continue;
    const value: unknown = await (await env.MEDIA.get(key))?.json();
    const parsed = report.safeParse(value);
    // A slice's report lies under the slice's own name, and a rendition's under its key and the chunk's number.
    if (!parsed.success) names.add(sliceObjectKey(assetId, path.replace(/\.json$/, "")));
    else {
      const folder = renditionPrefix(assetId, path.slice(0, path.lastIndexOf("/")));
      const { init, segments } = parsed.data;
      for (const { file } of init === null ? segments : [init, ...segments]) names.add(folder + file);
    }
  }
  const stored = [
    ...(await listKeys(env, `media/${assetId}/`, before)),
    ...(await listKeys(env, `work/${assetId}/`, before)),
  ];
  const published = await publishedFolders(env, assetId);
  const left = stored.filter((key) =>
    /(ledger\.json|\.m3u8|storyboard\.vtt)$/.test(key)
      ? !published.has(key.slice(0, key.lastIndexOf("/") + 1))
      : (key.endsWith(".flac") || isTrackFile(key.slice(key.lastIndexOf("/") + 1))) && !names.has(key),
  );
  for (let n = 0; n < left.length; n += 1000) await env.MEDIA.delete(left.slice(n, n + 1000));
}

/** The folders of what was published before the work failed: their playlists and ledgers are in use. */
async function publishedFolders(env: Env, assetId: string): Promise<Set<string>> {
  const rows = await openDatabase(env)
    .select({ key: renditions.key })
    .from(renditions)
    .where(and(eq(renditions.assetId, assetId), isNotNull(renditions.rootHash)));
  return new Set(rows.map(({ key }) => renditionPrefix(assetId, key)));
}

/** Keys of objects that were stored before a time, Unix milliseconds. */
async function listKeys(env: Env, prefix: string, before: number): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await env.MEDIA.list(cursor === undefined ? { prefix } : { prefix, cursor });
    keys.push(...page.objects.filter(({ uploaded }) => uploaded.getTime() < before).map(({ key }) => key));
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return keys;
}
