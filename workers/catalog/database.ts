import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import * as schema from "./schema.ts";

/** The catalogue's database, typed by its schema. */
export type Database = DrizzleD1Database<typeof schema>;

/** Opens the catalogue's database for one request or message. */
export function openDatabase(env: Pick<Env, "DB">): Database {
  return drizzle(env.DB, { schema });
}

/**
 * Opens the database for reading next to the viewer. `first-unconstrained` takes the nearest replica, which may be a
 * little behind; `first-primary` is never behind. Later reads of the same session see at least what its first one saw.
 */
export function openSession(env: Pick<Env, "DB">, reader: "first-unconstrained" | "first-primary"): Database {
  // A session has all that drizzle calls (prepare, batch), but not D1Database's whole interface.
  return drizzle(env.DB.withSession(reader) as unknown as D1Database, { schema });
}
