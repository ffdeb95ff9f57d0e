/** Makes films of the sources that no row names, by the story that each carries. */
import { sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { registerSource } from "../../catalog/register-source.ts";
import { assets, producers, uploads } from "../../catalog/schema.ts";
import { readSourceStory, type SourceStory } from "../../ingest/source-story.ts";

/** Sources that one call looks at. R2 may give fewer when it gives their metadata too. */
const sourcesPerCall = 200;

/** What one call found. */
export interface Adopted {
  /** R2's cursor for the next call; null when all sources were seen. */
  cursor: string | null;
  adopted: number;
  problems: string[];
}

/** Looks at the next sources. Films of new ones are `waiting`: the reconciler begins work on them. */
export async function adoptSources(env: Env, cursor: string | null): Promise<Adopted> {
  const page = await env.SOURCES.list({
    ...{ prefix: "sources/", limit: sourcesPerCall, include: ["customMetadata"] },
    ...(cursor === null ? {} : { cursor }),
  });
  const keys = JSON.stringify(page.objects.map(({ key }) => key));
  const db = openDatabase(env);
  const known = await db
    .select({ key: uploads.sourceKey })
    .from(uploads)
    .where(sql`${uploads.sourceKey} in (select value from json_each(${keys}))`);
  // The row of an upload goes a month after it became a film.
  const ids = JSON.stringify(page.objects.map(({ key }) => key.slice("sources/".length)));
  const films = await db
    .select({ key: assets.sourceKey })
    .from(assets)
    .where(sql`${assets.uploadId} in (select value from json_each(${ids}))`);
  const knownKeys = new Set([...known, ...films].map(({ key }) => key));
  const found: Adopted = { cursor: page.truncated ? page.cursor : null, adopted: 0, problems: [] };
  for (const object of page.objects) {
    if (knownKeys.has(object.key)) continue;
    const story = readSourceStory(object.customMetadata);
    if (story === null || `sources/${story.upload}` !== object.key) {
      found.problems.push(`${object.key} carries no story and stays as it is, without a row.`);
    } else {
      await adopt(env, object, story);
      found.adopted += 1;
    }
  }
  return found;
}

async function adopt(env: Env, object: R2Object, story: SourceStory): Promise<void> {
  const at = object.uploaded.getTime();
  const db = openDatabase(env);
  await db.batch([
    // Somebody who signed up after the last export is known by their id alone; an operator gives them a key.
    db.insert(producers).values({ id: story.owner, name: story.owner, createdAt: at }).onConflictDoNothing(),
    db
      .insert(uploads)
      .values({
        ...{ id: story.upload, producerId: story.owner, assetId: story.asset, titleId: story.titleId },
        ...{ status: "waiting", filename: story.filename, title: story.title, language: story.language },
        ...{ length: object.size, offset: object.size, partBytes: object.size },
        ...{ sourceKey: object.key, multipartId: "" },
        ...{ createdAt: story.createdAt, updatedAt: at, expiresAt: at },
      })
      .onConflictDoNothing(),
  ]);
  await registerSource(env, { key: object.key, bytes: object.size, etag: object.etag }, at);
}
