import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import * as schema from "./schema.ts";

/** The catalogue's database, typed by its schema. */
export type Database = DrizzleD1Database<typeof schema>;

/** Opens the catalogue's database for one request or message. */
export function openDatabase(env: Pick<Env, "DB">): Database {
  return drizzle(env.DB, { schema });
}
