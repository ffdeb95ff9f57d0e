/** The service itself: messages given up, pathways, changes, state and alarms. */
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

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
  (t) => [
    index("dead_letters_created").on(t.createdAt, t.id),
    index("dead_letters_rerun").on(t.rerunAt).where(sql`rerun_at is not null`),
  ],
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
