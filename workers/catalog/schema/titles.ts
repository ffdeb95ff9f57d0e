/** Titles and their rights. */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

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
    /** Who may see its poster: viewers whom its rules let watch it, or everybody. */
    posterAccess: text("poster_access", { enum: ["rules", "public"] })
      .notNull()
      .default("rules"),
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
    index("titles_versions").on(t.id).where(sql`policy_version > 2`),
    uniqueIndex("titles_shelf").on(t.shelfPosition),
  ],
);

/**
 * Versions of a title's policy, and of the service's (`scope` is the title's id, or `service`): the newest counts, and the oldest
 * go when there are more than a quota says. Those of a deleted title go when its films are purged.
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
