import { eq, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { serviceState } from "./schema.ts";

/** Reads a value that the service keeps of itself; null when it was never written. */
export async function readState(db: Database, name: string): Promise<string | null> {
  const row = await db.select().from(serviceState).where(eq(serviceState.name, name)).get();
  return row?.value ?? null;
}

/** Writes a value, whatever stood there. @param now Unix milliseconds */
export async function writeState(db: Database, name: string, value: string, now: number): Promise<void> {
  await db
    .insert(serviceState)
    .values({ name, value, updatedAt: now })
    .onConflictDoUpdate({ target: serviceState.name, set: { value, updatedAt: now } });
}

/**
 * Replaces a value only where it still is what the caller has read (null: nothing was there yet).
 *
 * @returns false when somebody else was faster; read again
 */
export async function replaceState(
  db: Database,
  name: string,
  change: { from: string | null; to: string },
  now: number,
): Promise<boolean> {
  const written =
    change.from === null
      ? await db
          .insert(serviceState)
          .values({ name, value: change.to, updatedAt: now })
          .onConflictDoNothing()
          .returning({ name: serviceState.name })
      : await db
          .update(serviceState)
          .set({ value: change.to, updatedAt: now })
          .where(sql`${serviceState.name} = ${name} and ${serviceState.value} = ${change.from}`)
          .returning({ name: serviceState.name });
  return written.length === 1;
}
