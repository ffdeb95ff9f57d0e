/** Taking an upload's row: of all requests that want to change it, the newest does. */
import { and, eq, gt, isNull, or, type SQL, sql } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { uploads } from "../catalog/schema.ts";
import { patchLeaseMs, quotaOf } from "../catalog/usage.ts";
import { isOpen, type Upload } from "./upload-row.ts";

/**
 * Makes the caller the upload's only writer. If the writer before it never said that it ended, one part number is left
 * out, because that writer's part may still reach R2 under it.
 * @param claim the offset the client goes on from, bytes, the length if it names it now, and whether it is one of the requests of
 * which a producer may have a few at a time
 * @returns the claimed row; null when the offset is another one, the upload no longer waits, or too many such requests run.
 */
export async function claimUpload(
  env: Pick<Env, "DB">,
  id: string,
  claim: { offset: number; length?: number; isPatch?: boolean },
  now: number,
): Promise<Upload | null> {
  const rows = await openDatabase(env)
    .update(uploads)
    .set({
      writer: sql`${uploads.writer} + 1`,
      nextPart: sql`${uploads.nextPart} + ${uploads.writing}`,
      writing: true,
      updatedAt: now,
      ...(claim.length === undefined ? {} : { length: claim.length }),
    })
    .where(
      and(
        eq(uploads.id, id),
        eq(uploads.status, "waiting"),
        eq(uploads.offset, claim.offset),
        or(gt(uploads.expiresAt, now), sql`${uploads.offset} = ${uploads.length}`),
        claim.length === undefined ? undefined : or(isNull(uploads.length), eq(uploads.length, claim.length)),
        claim.isPatch === true ? hasRoomForPatch(now) : undefined,
      ),
    )
    .returning();
  return rows[0] ?? null;
}

/** Fewer of the producer's other uploads are being written than may be. Reads their open ones, which a quota bounds. */
function hasRoomForPatch(now: number): SQL {
  return sql`(select count(*) from ${uploads} o where o.producer_id = ${uploads.producerId} and o.status = 'waiting'
      and o.writing = 1 and o.updated_at > ${now - patchLeaseMs} and o.id <> ${uploads.id})
    < ${quotaOf("running_patches", uploads.producerId)}`;
}

/** Takes the upload away from its writer; null when it is whole or no longer waits. */
export async function supersedeUpload(env: Pick<Env, "DB">, id: string, now: number): Promise<Upload | null> {
  const rows = await openDatabase(env)
    .update(uploads)
    .set({ writer: sql`${uploads.writer} + 1`, writing: true, updatedAt: now })
    .where(and(eq(uploads.id, id), eq(uploads.status, "waiting"), isOpen()))
    .returning();
  return rows[0] ?? null;
}
