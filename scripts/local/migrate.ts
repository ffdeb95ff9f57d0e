/** Bringing a laptop's databases up to date, once for each set of migrations. */
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { localProducerKey, seedProducerSql } from "./producer-key.ts";
import { projectRoot } from "./project-root.ts";
import { mustWrangler } from "./wrangler.ts";

/** SHA-256 (hex) of everything that the migrated databases depend on besides the producer's key. */
export function migrationsFingerprint(): string {
  const hash = createHash("sha256");
  for (const file of globSync("{migrations*/*.sql,package-lock.json}", { cwd: projectRoot }).toSorted()) {
    hash.update(`${file}\n`).update(readFileSync(path.join(projectRoot, file)));
  }
  return hash.digest("hex");
}

/**
 * Migrates the databases in a state folder and makes its producer, with the folder's key. Does nothing where that was done before:
 * each command of wrangler takes seconds. What was done is noted inside D1's own folder, and goes when that goes.
 *
 * @returns the producer's key
 */
export async function migrate(state: string): Promise<string> {
  const key = localProducerKey(state);
  const note = path.join(state, "v3/d1/migrated");
  const wanted = createHash("sha256").update(`${migrationsFingerprint()} ${key}`).digest("hex");
  if (existsSync(note) && readFileSync(note, "utf8") === wanted) return key;
  for (const database of ["DB", "SEARCH"]) {
    await mustWrangler(["d1", "migrations", "apply", database, "--local", "--persist-to", state]);
  }
  const sql = seedProducerSql({ id: "prd_local", name: "This laptop", key, isOperator: true }, Date.now());
  await mustWrangler(["d1", "execute", "DB", "--local", "--persist-to", state, "--yes", "--command", sql]);
  mkdirSync(path.dirname(note), { recursive: true });
  writeFileSync(note, wanted);
  return key;
}
