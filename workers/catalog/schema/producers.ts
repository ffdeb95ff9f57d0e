/** Producers and their keys. */
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** The people who upload films. An operator may also see service-wide things, such as dead letters. */
export const producers = sqliteTable("producers", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  isOperator: integer("is_operator", { mode: "boolean" }).notNull().default(false),
  /** Quotas of their own (workers/catalog/quotas.ts) as JSON; null: those of everybody. */
  quotas: text("quotas", { mode: "json" }).$type<unknown>(),
  createdAt: integer("created_at").notNull(),
});

/** What each producer has of what quotas bound. Triggers keep it (migrations/0004_usage.sql); nobody else writes it. */
export const producerUsage = sqliteTable("producer_usage", {
  producerId: text("producer_id").primaryKey(),
  /** Bytes of the sources of films that are not purged, and how many films those are. */
  bytesStored: integer("bytes_stored").notNull().default(0),
  films: integer("films").notNull().default(0),
  /** Uploads that were cancelled, ran out or failed, and still have a row. */
  endedUploads: integer("ended_uploads").notNull().default(0),
  /** Tasks of films with open work that are neither done nor failed. */
  openTasks: integer("open_tasks").notNull().default(0),
  /** Bytes of the versions of policies that they wrote. */
  policyBytes: integer("policy_bytes").notNull().default(0),
});

/**
 * Bearer keys of the API; only the SHA-256 (hex) of a key is kept. What was made with a key (sessions, signing keys) names it, and
 * ends with it. A revoked key stays, so that it can be seen who had access until when.
 */
export const apiKeys = sqliteTable(
  "api_keys",
  {
    id: text("id").primaryKey(),
    producerId: text("producer_id").notNull(),
    name: text("name").notNull(),
    keyHash: text("key_hash").notNull(),
    createdAt: integer("created_at").notNull(),
    /** The key with which it was made; null for those made by the operator's own hand (`bootstrap`, `npm start`). */
    madeBy: text("made_by"),
    /** The beginning of the hour in which it, or a session of it, was last used; null: never. Written once an hour at most. */
    lastUsedAt: integer("last_used_at"),
    revokedAt: integer("revoked_at"),
  },
  (t) => [
    uniqueIndex("api_keys_hash").on(t.keyHash),
    index("api_keys_producer").on(t.producerId, t.createdAt, t.id),
    index("api_keys_created").on(t.createdAt, t.id),
    index("api_keys_made_by").on(t.madeBy),
  ],
);

/**
 * Ed25519 keys with which producers sign playback tokens themselves. A revoked one stays for a month. `change` numbers every change of the table, so that an isolate only reads what is new to it.
 */
export const signingKeys = sqliteTable(
  "signing_keys",
  {
    kid: text("kid").primaryKey(),
    producerId: text("producer_id").notNull(),
    name: text("name").notNull(),
    /** The 32 bytes of the public key (RFC 8032 §5.1.5), base64url without padding. */
    publicKey: text("public_key").notNull(),
    /** The API key with which it was added; it ends with that one. */
    apiKeyId: text("api_key_id").notNull(),
    change: integer("change").notNull(),
    createdAt: integer("created_at").notNull(),
    revokedAt: integer("revoked_at"),
  },
  (t) => [
    uniqueIndex("signing_keys_change").on(t.change),
    index("signing_keys_producer").on(t.producerId),
    index("signing_keys_revoked").on(t.revokedAt).where(sql`revoked_at is not null`),
  ],
);

/** Studio sign-ins in a browser; only the SHA-256 (hex) of the cookie's token is kept. */
export const sessions = sqliteTable(
  "sessions",
  {
    tokenHash: text("token_hash").primaryKey(),
    producerId: text("producer_id").notNull(),
    /** The key that signed in; the session ends with it. */
    apiKeyId: text("api_key_id").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (t) => [
    index("sessions_expiring").on(t.expiresAt),
    index("sessions_producer").on(t.producerId, t.expiresAt),
    index("sessions_key").on(t.apiKeyId),
  ],
);
