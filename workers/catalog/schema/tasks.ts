/** The work of transcoders. */
import { sql } from "drizzle-orm";
import { index, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Bounded units of work for a transcoder. Claimed, finished and retried by compare-and-set on `status` and `lease`. */
export const tasks = sqliteTable(
  "tasks",
  {
    id: text("id").primaryKey(),
    assetId: text("asset_id").notNull(),
    /** Its asset's producer, among whom the fleet is shared. */
    producerId: text("producer_id").notNull().default(""),
    kind: text("kind", {
      enum: [
        "inspect",
        "remux",
        "passthrough",
        "audio-slices",
        "video",
        "audio",
        "text",
        "poster",
        "storyboard",
      ],
    }).notNull(),
    /** Position among the asset's tasks of this kind. */
    ordinal: integer("ordinal").notNull(),
    /** Lower goes first. */
    priority: integer("priority").notNull(),
    stage: integer("stage").notNull(),
    /** A task may start when every task of its asset in this stage and the ones below is done; -1: at once. */
    needs: integer("needs").notNull().default(-1),
    status: text("status", { enum: ["pending", "queued", "running", "done", "failed"] }).notNull(),
    spec: text("spec", { mode: "json" }).$type<unknown>().notNull(),
    /** Attempts that have begun, but for those that ended with their transcoder. */
    attempts: integer("attempts").notNull().default(0),
    /** Attempts that ended with their transcoder; 0 again when the task is done. */
    deaths: integer("deaths").notNull().default(0),
    lease: text("lease"),
    leaseUntil: integer("lease_until"),
    notBefore: integer("not_before").notNull().default(0),
    /** 0…1 of the running attempt. */
    progress: real("progress").notNull().default(0),
    /** About how long the task takes on one transcoder; see task-cost.ts. */
    plannedSeconds: real("planned_seconds").notNull().default(1),
    /** R2 key (MEDIA) of the full report. */
    reportKey: text("report_key"),
    errorCode: text("error_code"),
    errorDetail: text("error_detail"),
    errorLog: text("error_log"),
    cpuSeconds: real("cpu_seconds"),
    queuedAt: integer("queued_at"),
    /** Time of its last message, when the reconciler had to send one in the place of a lost one. */
    resentAt: integer("resent_at"),
    /** The time up to which a queued task's silence means nothing: its message came, or may not have come yet. */
    silentSince: integer("silent_since").generatedAlwaysAs(
      sql`max(coalesce(queued_at, 0), not_before, coalesce(resent_at, 0))`,
      { mode: "virtual" },
    ),
    startedAt: integer("started_at"),
    finishedAt: integer("finished_at"),
  },
  (t) => [
    index("tasks_asset").on(t.assetId, t.status, t.stage, t.priority),
    // Heads of each producer's, and then each asset's queue by lane: encodes of pictures, and all else.
    index("tasks_queued")
      .on(sql`(kind = 'video')`, t.producerId, t.priority, t.assetId, t.queuedAt, t.ordinal)
      .where(sql`status = 'queued'`),
    index("tasks_running").on(t.leaseUntil).where(sql`status = 'running'`),
    index("tasks_producer_running").on(t.producerId).where(sql`status = 'running'`),
    index("tasks_encoded")
      .on(t.finishedAt)
      .where(sql`status = 'done' and kind = 'video' and cpu_seconds > 0`),
    index("tasks_silent").on(t.silentSince).where(sql`status = 'queued'`),
  ],
);
