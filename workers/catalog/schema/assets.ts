/** Assets and their renditions. */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** One uploaded video and everything made from it. */
export const assets = sqliteTable(
  "assets",
  {
    id: text("id").primaryKey(),
    producerId: text("producer_id").notNull(),
    titleId: text("title_id").notNull(),
    uploadId: text("upload_id").notNull(),
    status: text("status", { enum: ["waiting", "preparing", "ready", "errored"] }).notNull(),
    /** `open` while transcoders have tasks left: an asset may be `ready`, and play, before its ladder is whole. */
    work: text("work", { enum: ["open", "done", "failed"] })
      .notNull()
      .default("open"),
    filename: text("filename").notNull(),
    language: text("language"),
    sourceKey: text("source_key").notNull(),
    sourceBytes: integer("source_bytes").notNull(),
    sourceEtag: text("source_etag").notNull(),
    /**
     * SHA-256 (hex) of the source, computed when it was first read whole; null until then. Of one larger than 1 GiB: the
     * SHA-256 of its pieces' SHA-256s (32 bytes each, in order), each piece 1 GiB but the last.
     */
    sourceSha256: text("source_sha256"),
    /** Time at which the source was last read whole, or was to be and could not; null: never. */
    sourceReadAt: integer("source_read_at"),
    /** Time from which the scrubber looks at the source, and at what is published of it, again; 0: never looked. */
    scrubAt: integer("scrub_at").notNull().default(0),
    /** Size of the mezzanine, a Matroska copy that is encoded in the source's stead; null when the source itself is. */
    mezzanineBytes: integer("mezzanine_bytes"),
    /** `Inspection` (protocol/inspection.ts) as JSON. */
    inspection: text("inspection", { mode: "json" }).$type<unknown>(),
    /** `Plan` (workers/pipeline/plan/plan.ts) as JSON. */
    plan: text("plan", { mode: "json" }).$type<unknown>(),
    /** `Recipe` (workers/pipeline/plan/recipe.ts) as JSON; null: the ordinary one. */
    recipe: text("recipe", { mode: "json" }).$type<unknown>(),
    recipeHash: text("recipe_hash"),
    /** `TaskSums` (workers/pipeline/tasks/task-sums.ts) as JSON; null: a task has changed since they were added up. */
    taskSums: text("task_sums", { mode: "json" }).$type<unknown>(),
    /** Raised by each publish; part of every playlist URL, so a cache never serves an old one. 0: never published. */
    revision: integer("revision").notNull().default(0),
    /** The revision that the second media bucket (MEDIA_COPY) holds whole; 0: none. */
    copiedRevision: integer("copied_revision").notNull().default(0),
    durationSeconds: real("duration_seconds"),
    /** The published poster: its rendition's key, and its size in pixels; null before there is one. */
    posterKey: text("poster_key"),
    posterWidth: integer("poster_width"),
    posterHeight: integer("poster_height"),
    /** Time at which R2 was last seen to hold exactly what the ledgers of all that is published name; null: not yet. */
    verifiedAt: integer("verified_at"),
    errorCode: text("error_code"),
    errorDetail: text("error_detail"),
    errorLog: text("error_log"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    readyAt: integer("ready_at"),
    /** Time of its deletion: nobody sees it from then on, but all of it stays for DELETE_GRACE_DAYS and can be taken back. */
    deletedAt: integer("deleted_at"),
    /** The producer who deleted it. */
    deletedBy: text("deleted_by"),
    /** Time at which plan, inspection, renditions and tasks went to R2 (workers/pipeline/archive); null: they are here. */
    archivedAt: integer("archived_at"),
    /** Time at which the objects of a deleted asset were gone from R2; its row stays, as its tombstone. */
    purgedAt: integer("purged_at"),
  },
  (t) => [
    index("assets_deleted").on(t.producerId, t.createdAt, t.id).where(sql`deleted_at is not null`),
    index("assets_waiting").on(t.updatedAt, t.id).where(sql`status = 'waiting' and deleted_at is null`),
    // In an order that no other index has: SQLite might prefer one that holds all assets.
    index("assets_open").on(t.producerId, t.id).where(sql`work = 'open' and deleted_at is null`),
    index("assets_failed").on(t.updatedAt, t.id).where(sql`work = 'failed' and deleted_at is null`),
    index("assets_archiving")
      .on(t.updatedAt, t.id)
      .where(sql`work = 'done' and plan is not null and deleted_at is null`),
    index("assets_purging").on(t.deletedAt, t.id).where(sql`deleted_at is not null and purged_at is null`),
    index("assets_producer").on(t.producerId, t.createdAt, t.id).where(sql`deleted_at is null`),
    index("assets_changed").on(t.producerId, t.updatedAt, t.id),
    index("assets_title").on(t.titleId),
    uniqueIndex("assets_upload").on(t.uploadId),
    index("assets_scrub").on(t.scrubAt).where(sql`deleted_at is null`),
    index("assets_uncopied").on(t.id).where(sql`revision > copied_revision and deleted_at is null`),
    index("assets_copied_gone").on(t.id).where(sql`copied_revision > 0 and purged_at is not null`),
    index("assets_source_read").on(t.sourceReadAt).where(sql`deleted_at is null`),
  ],
);

/**
 * One encoded track of an asset. `key` is its folder: `media/{assetId}/{key}/`. Those of an archived asset are in R2, all but
 * the retired ones: `readRenditions` (workers/pipeline/archive) reads them wherever they are.
 */
export const renditions = sqliteTable(
  "renditions",
  {
    assetId: text("asset_id").notNull(),
    key: text("key").notNull(),
    kind: text("kind", { enum: ["video", "audio", "text", "image", "storyboard"] }).notNull(),
    /** Its name for people: `720p`, `English`, `poster`. */
    label: text("label").notNull(),
    status: text("status", { enum: ["preparing", "ready", "errored", "retired"] }).notNull(),
    /** RFC 6381, for example `avc1.64001f`. */
    codecs: text("codecs"),
    width: integer("width"),
    height: integer("height"),
    frameRate: real("frame_rate"),
    channels: integer("channels"),
    language: text("language"),
    /** The track of its kind that plays, or is shown, unless the viewer chooses another; sound and text only. */
    isDefault: integer("is_default", { mode: "boolean" }).notNull().default(false),
    /** Text that belongs to the picture: shown to everyone who hears the film in this language. */
    isForced: integer("is_forced", { mode: "boolean" }).notNull().default(false),
    /** Text for the deaf and hard of hearing. */
    isSdh: integer("is_sdh", { mode: "boolean" }).notNull().default(false),
    /** `LoudnessReport` (protocol/report.ts) as JSON; sound only. */
    loudness: text("loudness", { mode: "json" }).$type<unknown>(),
    /** The reason, in a sentence, for leaving out a rendition that the film can do without; null when it wasn't. */
    note: text("note"),
    /** Measured peak and average segment bit rate, bits per second (RFC 8216 §4.3.4.2). */
    bandwidth: integer("bandwidth"),
    averageBandwidth: integer("average_bandwidth"),
    /** Of the I-frame playlist; video only. */
    iframeBandwidth: integer("iframe_bandwidth"),
    segmentCount: integer("segment_count"),
    frameCount: integer("frame_count"),
    bytes: integer("bytes"),
    durationSeconds: real("duration_seconds"),
    /** SHA-256 (hex) of the rendition's ledger. */
    rootHash: text("root_hash"),
    /** Time from which its objects are removed from R2, because no plan names it; null: they stay. */
    removeAfter: integer("remove_after"),
  },
  (t) => [
    primaryKey({ columns: [t.assetId, t.key] }),
    index("renditions_removed").on(t.removeAfter, t.assetId, t.key).where(sql`remove_after is not null`),
  ],
);
