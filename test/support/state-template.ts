/** State folders for tests: migrated once for each set of migrations, then copied. */
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { migrate, migrationsFingerprint } from "../../scripts/local/migrate.ts";
import { projectRoot } from "../../scripts/local/project-root.ts";

const cache = path.join(projectRoot, "node_modules/.cache/marquee-state");

/** Fills a state folder that is not there yet with a migrated database and a producer's key. */
export async function copyStateTemplate(state: string): Promise<void> {
  const template = path.join(cache, migrationsFingerprint().slice(0, 16));
  if (!existsSync(template)) await makeTemplate(template);
  cpSync(template, state, { recursive: true });
}

/** Makes the template beside its place and moves it there, because two tests may make it at the same time. */
async function makeTemplate(template: string): Promise<void> {
  const draft = `${template}-${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  await migrate(draft);
  try {
    renameSync(draft, template);
  } catch (error) {
    if (!existsSync(template)) throw error;
    rmSync(draft, { recursive: true, force: true });
  }
}
