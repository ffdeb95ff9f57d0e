/**
 * An upload's row and the compare-and-set statements that change it while bytes arrive. Every write after the claim is
 * conditional on `writer`: a request that has been overtaken by a newer one changes nothing.
 */
import { eq, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { uploadParts, uploads } from "../catalog/schema.ts";
import type { TailPiece } from "./tail-pieces.ts";

/** A row of `uploads`. */
export type Upload = typeof uploads.$inferSelect;

/** The request has been overtaken: a newer PATCH claimed the upload, or it was cancelled, finished or timed out. */
export class Superseded extends Error {}

/** Checks whether every byte has arrived. */
export function isWhole(upload: Upload): boolean {
  return upload.length !== null && upload.offset === upload.length;
}

/** The SQL of "not {@link isWhole}". */
export function isOpen(): SQL | undefined {
  return or(isNull(uploads.length), lt(uploads.offset, uploads.length));
}

/** The upload, or null. Its owner must be checked where that matters: see {@link findOwnUpload}. */
export async function findUpload(env: Pick<Env, "DB">, id: string): Promise<Upload | null> {
  return (await openDatabase(env).select().from(uploads).where(eq(uploads.id, id)).get()) ?? null;
}

/** The producer's upload with this id; null for another producer's. */
export async function findOwnUpload(
  env: Pick<Env, "DB">,
  id: string,
  producerId: string,
): Promise<Upload | null> {
  const upload = await findUpload(env, id);
  return upload?.producerId === producerId ? upload : null;
}

/** Says that the writer is still at it. @throws Superseded */
export async function touchUpload(env: Pick<Env, "DB">, upload: Upload, now: number): Promise<void> {
  const rows = await openDatabase(env)
    .update(uploads)
    .set({ updatedAt: now })
    .where(owned(upload))
    .returning({ id: uploads.id });
  if (rows.length === 0) throw overtaken();
}

/** Records a part that is in R2 and moves the offset to its end. @throws Superseded */
export async function commitPart(
  env: Pick<Env, "DB">,
  upload: Upload,
  part: { partNumber: number; etag: string; bytes: number },
  now: number,
): Promise<Upload> {
  const db = openDatabase(env);
  const [, rows] = await db.batch([
    db.insert(uploadParts).select(
      db
        .select({
          uploadId: uploads.id,
          partNumber: sql<number>`${part.partNumber}`.as("part_number"),
          etag: sql<string>`${part.etag}`.as("etag"),
          bytes: sql<number>`${part.bytes}`.as("bytes"),
        })
        .from(uploads)
        .where(owned(upload)),
    ),
    db
      .update(uploads)
      .set({
        offset: upload.offset - upload.tailBytes + part.bytes,
        nextPart: part.partNumber + 1,
        tail: [],
        tailBytes: 0,
        updatedAt: now,
      })
      .where(owned(upload))
      .returning(),
  ]);
  return current(rows);
}

/**
 * Records a tail whose pieces are in R2 and moves the offset to its end.
 * @param goesOn the writer has more to say; else its turn ends
 * @throws Superseded
 */
export async function commitTail(
  env: Pick<Env, "DB">,
  upload: Upload,
  pieces: readonly TailPiece[],
  goesOn: boolean,
  now: number,
): Promise<Upload> {
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
  const rows = await openDatabase(env)
    .update(uploads)
    .set({
      offset: upload.offset - upload.tailBytes + bytes,
      tail: pieces,
      tailBytes: bytes,
      writing: goesOn,
      updatedAt: now,
    })
    .where(owned(upload))
    .returning();
  return current(rows);
}

/** Goes back to the last full part, because a piece of the tail is gone, and ends the writer's turn. @throws Superseded */
export async function forgetTail(env: Pick<Env, "DB">, upload: Upload, now: number): Promise<Upload> {
  return await commitTail(env, upload, [], false, now);
}

/** Ends the writer's turn with nothing more to record. @throws Superseded */
export async function releaseUpload(env: Pick<Env, "DB">, upload: Upload, now: number): Promise<Upload> {
  const rows = await openDatabase(env)
    .update(uploads)
    .set({ writing: false, updatedAt: now })
    .where(owned(upload))
    .returning();
  return current(rows);
}

/** Ends the turn of a writer whose part may or may not be in R2: its number is left out. Another writer's turn stays. */
export async function giveUpTurn(env: Pick<Env, "DB">, upload: Upload, now: number): Promise<void> {
  await openDatabase(env)
    .update(uploads)
    .set({ writing: false, nextPart: sql`${uploads.nextPart} + 1`, updatedAt: now })
    .where(owned(upload));
}

/** Ends an upload that can't become an asset, unless it has moved on; its status becomes `errored` with this code. */
export async function failUpload(
  env: Pick<Env, "DB">,
  upload: Upload,
  code: UploadErrorCode,
  now: number,
): Promise<void> {
  await openDatabase(env)
    .update(uploads)
    .set({ status: "errored", errorCode: code, writing: false, metadata: "", updatedAt: now })
    .where(owned(upload));
}

/** Failures of an upload after its bytes were taken; the sentences are for the producer. */
export const uploadErrors = {
  storage_lost: "The storage no longer has the uploaded parts. Upload the file again.",
  too_many_interruptions: "The upload was interrupted too often to be put together. Upload the file again.",
} as const;

/** See {@link uploadErrors}. */
export type UploadErrorCode = keyof typeof uploadErrors;

function owned(upload: Upload): SQL {
  return sql`${uploads.id} = ${upload.id} and ${uploads.writer} = ${upload.writer} and ${uploads.status} = 'waiting'`;
}

function current(rows: Upload[]): Upload {
  const row = rows[0];
  if (row === undefined) throw overtaken();
  return row;
}

function overtaken(): Superseded {
  return new Superseded("a newer request writes this upload");
}
