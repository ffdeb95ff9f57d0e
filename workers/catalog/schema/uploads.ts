/** Uploads and the parts that hold their bytes. */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** tus uploads. `assetId`, `titleId` and `sourceKey` are fixed at creation, so every later step is idempotent. */
export const uploads = sqliteTable(
  "uploads",
  {
    id: text("id").primaryKey(),
    producerId: text("producer_id").notNull(),
    assetId: text("asset_id").notNull(),
    titleId: text("title_id").notNull(),
    status: text("status", {
      enum: ["waiting", "asset_created", "errored", "cancelled", "timed_out"],
    }).notNull(),
    filename: text("filename").notNull(),
    filetype: text("filetype"),
    title: text("title"),
    language: text("language"),
    /** Upload-Metadata exactly as the client sent it, because HEAD must repeat it (tus 1.0.0, Creation). */
    metadata: text("metadata").notNull().default(""),
    /** Upload-Length in bytes; null while deferred. */
    length: integer("length"),
    /** Upload-Offset in bytes: full parts plus the kept tail. */
    offset: integer("offset").notNull().default(0),
    partBytes: integer("part_bytes").notNull(),
    /** The next R2 part number. Numbers are never used twice, so a zombie can't overwrite a part (gaps are legal). */
    nextPart: integer("next_part").notNull().default(1),
    /** Raised by every PATCH; a PATCH whose number is no longer this one has been superseded. */
    writer: integer("writer").notNull().default(0),
    /** A PATCH is at it; one that runs on says so by `updatedAt`. */
    writing: integer("writing", { mode: "boolean" }).notNull().default(false),
    /** `TailPiece`s (workers/ingest/tail-pieces.ts) as JSON: the objects with the bytes after the last full part, in order. */
    tail: text("tail", { mode: "json" }).$type<unknown>().notNull().default([]),
    tailBytes: integer("tail_bytes").notNull().default(0),
    sourceKey: text("source_key").notNull(),
    multipartId: text("multipart_id").notNull(),
    errorCode: text("error_code"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [
    uniqueIndex("uploads_source").on(t.sourceKey),
    index("uploads_waiting").on(t.expiresAt, t.id).where(sql`status = 'waiting'`),
    index("uploads_whole").on(t.updatedAt, t.id).where(sql`status = 'waiting' and "offset" = "length"`),
    index("uploads_ended").on(t.updatedAt, t.id).where(sql`status <> 'waiting'`),
    index("uploads_producer").on(t.producerId, t.status),
    index("uploads_created").on(t.producerId, t.createdAt, t.id),
  ],
);

/** The R2 multipart parts that hold an upload's bytes, in order of part number (R2 itself can't list them). */
export const uploadParts = sqliteTable(
  "upload_parts",
  {
    uploadId: text("upload_id").notNull(),
    partNumber: integer("part_number").notNull(),
    etag: text("etag").notNull(),
    bytes: integer("bytes").notNull(),
  },
  (t) => [primaryKey({ columns: [t.uploadId, t.partNumber] })],
);
