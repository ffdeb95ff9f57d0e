/**
 * The tables of D1. A row explains itself: statuses are words, times are Unix milliseconds (UTC), JSON columns
 * are parsed with zod where they are read. There is no row per segment: segments live in reports and ledgers in R2.
 */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** The people who upload films. An operator may also see service-wide things, such as dead letters. */
export const producers = sqliteTable("producers", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  isOperator: integer("is_operator", { mode: "boolean" }).notNull().default(false),
  createdAt: integer("created_at").notNull(),
});

/** Bearer keys of the API; only the SHA-256 (hex) of a key is kept. */
export const apiKeys = sqliteTable(
  "api_keys",
  {
    id: text("id").primaryKey(),
    producerId: text("producer_id").notNull(),
    name: text("name").notNull(),
    keyHash: text("key_hash").notNull(),
    createdAt: integer("created_at").notNull(),
    revokedAt: integer("revoked_at"),
  },
  (t) => [uniqueIndex("api_keys_hash").on(t.keyHash)],
);

/**
 * Ed25519 keys with which producers sign playback tokens themselves. A revoked one stays, so that its `kid` is never used
 * again. `change` numbers every change of the table, so that an isolate only reads what is new to it.
 */
export const signingKeys = sqliteTable(
  "signing_keys",
  {
    kid: text("kid").primaryKey(),
    producerId: text("producer_id").notNull(),
    name: text("name").notNull(),
    /** The 32 bytes of the public key (RFC 8032 §5.1.5), base64url without padding. */
    publicKey: text("public_key").notNull(),
    change: integer("change").notNull(),
    createdAt: integer("created_at").notNull(),
    revokedAt: integer("revoked_at"),
  },
  (t) => [uniqueIndex("signing_keys_change").on(t.change), index("signing_keys_producer").on(t.producerId)],
);

/** Studio sign-ins in a browser; only the SHA-256 (hex) of the cookie's token is kept. */
export const sessions = sqliteTable(
  "sessions",
  {
    tokenHash: text("token_hash").primaryKey(),
    producerId: text("producer_id").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [index("sessions_expiring").on(t.expiresAt)],
);

/** A film as viewers pick it. `allowedCountries` null means everywhere; country lists are JSON arrays of ISO 3166-1 alpha-2. */
export const titles = sqliteTable(
  "titles",
  {
    id: text("id").primaryKey(),
    producerId: text("producer_id").notNull(),
    slug: text("slug").notNull(),
    kind: text("kind", { enum: ["movie", "series", "episode"] })
      .notNull()
      .default("movie"),
    title: text("title").notNull(),
    language: text("language"),
    allowedCountries: text("allowed_countries", { mode: "json" }).$type<string[]>(),
    blockedCountries: text("blocked_countries", { mode: "json" }).$type<string[]>().notNull().default([]),
    /** Number of the version in `policy_versions` that counts; 0: the country lists were never changed. */
    policyVersion: integer("policy_version").notNull().default(0),
    /** True when that version is a policy of its own, beside which the country lists above don't count. */
    hasOwnPolicy: integer("has_own_policy", { mode: "boolean" }).notNull().default(false),
    /** Web origins whose pages may play it, as a JSON array of `https://host`; null: any page may. */
    allowedOrigins: text("allowed_origins", { mode: "json" }).$type<string[]>(),
    /** True when players that name no page (apps, televisions) may play it while only some pages may. */
    allowsNativePlayers: integer("allows_native_players", { mode: "boolean" }).notNull().default(true),
    /** The asset that plays when this title is watched; null until one is ready. */
    assetId: text("asset_id"),
    /** The form in which segments leave the service: as stored, or as AES-128 ciphertext (RFC 8216 §4.3.2.4). */
    encryption: text("encryption", { enum: ["none", "aes-128"] })
      .notNull()
      .default("none"),
    /** Time of the last change of `encryption`; null: never. Tokens from before may go on with the earlier form. */
    encryptionChangedAt: integer("encryption_changed_at"),
    /**
     * Its place among all titles that could ever be watched, in the order in which they first could (0 is the oldest); given
     * once and kept. Null before. Viewers' lists are ordered by it.
     */
    shelfPosition: integer("shelf_position"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    /** Time at which its last film was deleted; null while it has one. It can be taken back while one of them can. */
    deletedAt: integer("deleted_at"),
    /** The producer who deleted it. */
    deletedBy: text("deleted_by"),
  },
  (t) => [
    uniqueIndex("titles_slug").on(t.slug),
    index("titles_created").on(t.createdAt),
    index("titles_deleted").on(t.producerId, t.createdAt, t.id).where(sql`deleted_at is not null`),
    index("titles_producer").on(t.producerId, t.createdAt, t.id).where(sql`deleted_at is null`),
    uniqueIndex("titles_shelf").on(t.shelfPosition),
  ],
);

/**
 * Every version of a title's policy, and of the service's (`scope` is the title's id, or `service`): the newest counts. Those
 * of a deleted title go when its films are purged.
 */
export const policyVersions = sqliteTable(
  "policy_versions",
  {
    scope: text("scope").notNull(),
    version: integer("version").notNull(),
    /** `own`: written as a policy. `countries`: made from the country lists, which count again. */
    kind: text("kind", { enum: ["own", "countries"] }).notNull(),
    /** `Policy` (workers/playback/policy/policy-document.ts) as JSON. */
    document: text("document", { mode: "json" }).$type<unknown>().notNull(),
    /** Its author. */
    producerId: text("producer_id").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.scope, t.version] })],
);

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
    writing: integer("writing", { mode: "boolean" }).notNull().default(false),
    /** R2 key (SOURCES) of the bytes after the last full part; null when there are none. */
    tailKey: text("tail_key"),
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
    /** Time at which plan, inspection and tasks went to R2 (workers/pipeline/archive); null: they are here. */
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

/** One encoded track of an asset. `key` is its folder: `media/{assetId}/{key}/`. */
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
    /** Time at which R2 was last seen to hold exactly the ledger's objects; null: not since it was published. */
    verifiedAt: integer("verified_at"),
    /** Time from which its objects are removed from R2, because no plan names it; null: they stay. */
    removeAfter: integer("remove_after"),
  },
  (t) => [
    primaryKey({ columns: [t.assetId, t.key] }),
    index("renditions_verified").on(t.verifiedAt).where(sql`status = 'ready' and root_hash is not null`),
    index("renditions_removed").on(t.removeAfter, t.assetId, t.key).where(sql`remove_after is not null`),
    index("renditions_poster").on(t.assetId).where(sql`kind = 'image'`),
  ],
);

/** Bounded units of work for a transcoder. Claimed, finished and retried by compare-and-set on `status` and `lease`. */
export const tasks = sqliteTable(
  "tasks",
  {
    id: text("id").primaryKey(),
    assetId: text("asset_id").notNull(),
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
    attempts: integer("attempts").notNull().default(0),
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
    // Heads of each asset's queue by lane: encodes of pictures, and all else.
    index("tasks_queued")
      .on(sql`(kind = 'video')`, t.priority, t.assetId, t.queuedAt, t.ordinal)
      .where(sql`status = 'queued'`),
    index("tasks_running").on(t.leaseUntil).where(sql`status = 'running'`),
    index("tasks_encoded")
      .on(t.finishedAt)
      .where(sql`status = 'done' and kind = 'video' and cpu_seconds > 0`),
    index("tasks_silent").on(t.silentSince).where(sql`status = 'queued'`),
  ],
);

/** Messages that their queue gave up on; visible to ops and re-runnable. */
export const deadLetters = sqliteTable(
  "dead_letters",
  {
    id: text("id").primaryKey(),
    queue: text("queue").notNull(),
    body: text("body", { mode: "json" }).$type<unknown>().notNull(),
    createdAt: integer("created_at").notNull(),
    rerunAt: integer("rerun_at"),
  },
  (t) => [index("dead_letters_created").on(t.createdAt, t.id)],
);

/**
 * Other ways to the same media than this service's own edge: on-net caches and second CDNs, which pull from the gateway.
 * `countries` (ISO 3166-1 alpha-2) and `asns` null: everywhere, every network.
 */
export const pathways = sqliteTable("pathways", {
  /** PATHWAY-ID of HLS content steering. */
  id: text("id").primaryKey(),
  /** Replaces `https://our-host` in the gateway's URLs; no slash at its end. */
  baseUrl: text("base_url").notNull(),
  countries: text("countries", { mode: "json" }).$type<string[]>(),
  asns: text("asns", { mode: "json" }).$type<number[]>(),
  /** The highest is tried first; the service's own edge has 0. */
  priority: integer("priority").notNull(),
  /** Time for which players keep a steering manifest, seconds. */
  ttlSeconds: integer("ttl_seconds").notNull(),
  enabled: integer("enabled", { mode: "boolean" }).notNull().default(true),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

/**
 * Changes, in their order: triggers write a row beside each change (migrations/0002_changes.sql), so
 * that none can be forgotten. Consumers (`service_state`, `consumer:{name}`) bring it to the edge, to search and to exports.
 */
export const changes = sqliteTable("changes", {
  seq: integer("seq").primaryKey({ autoIncrement: true }),
  scope: text("scope", {
    enum: ["title", "asset", "policy", "producer", "api_key", "signing_key", "upload", "pathway"],
  }).notNull(),
  /** The row's key; of a policy `{scope}/{version}`. */
  id: text("id").notNull(),
});

/** Facts that the service keeps of itself: a value for each name, changed by compare-and-set where two could write it. */
export const serviceState = sqliteTable("service_state", {
  name: text("name").primaryKey(),
  value: text("value").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

/** Trouble that an operator has to look at. An alarm stays until its source finds that all is well, or an operator ends it. */
export const alarms = sqliteTable("alarms", {
  /** Stable: one row for one kind of trouble. */
  code: text("code").primaryKey(),
  /** The trouble and the way out, in a sentence or two. */
  detail: text("detail").notNull(),
  raisedAt: integer("raised_at").notNull(),
  lastSeenAt: integer("last_seen_at").notNull(),
  /** When it ended; null while it lasts. */
  endedAt: integer("ended_at"),
});
