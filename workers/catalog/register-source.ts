/** The moment a finished upload becomes an asset. Every step is idempotent, so any caller may repeat it. */
import { eq, sql } from "drizzle-orm";
import { firstCharacters } from "../shared/readable-text.ts";
import { slugIdCharacters, slugOf } from "../shared/slug.ts";
import { raiseAlarm } from "./alarms.ts";
import { openDatabase } from "./database.ts";
import { assets, titles, uploads } from "./schema.ts";

/** A finished source object, as R2 describes it. */
export interface SourceObject {
  key: string;
  bytes: number;
  etag: string;
}

/** Longest title that a file's name makes, characters. */
const maxTitleCharacters = 200;

/** Characters of the id in the slug, one try after the other; 20 are all that an id has. */
const slugLengths = [slugIdCharacters, 16, 20];

/**
 * Makes the asset and the title of the upload whose source object is now whole in R2, and marks the upload `asset_created`.
 * Called by ingest when it completes the object, and again by the consumer of R2's notification.
 * @returns the asset's id; null when no upload has this source key, or when it was cancelled or timed out.
 */
export async function registerSource(
  env: Pick<Env, "DB">,
  source: SourceObject,
  now: number,
): Promise<string | null> {
  const db = openDatabase(env);
  const upload = await db.select().from(uploads).where(eq(uploads.sourceKey, source.key)).get();
  if (upload === undefined || upload.status === "cancelled" || upload.status === "timed_out") return null;
  if (upload.status === "asset_created") return upload.assetId;
  const title = upload.title ?? titleOfFilename(upload.filename);
  for (const [tries, idCharacters] of slugLengths.entries()) {
    try {
      await writeRows(env, upload, source, { title, slug: slugOf(title, upload.titleId, idCharacters) }, now);
      break;
    } catch (error) {
      if (!isSlugTaken(error) || tries === slugLengths.length - 1) throw error;
      await raiseAlarm(
        db,
        "slug_taken",
        `The address ${slugOf(title, upload.titleId, idCharacters)} of the new title ${upload.titleId} was taken, so it got a longer one. ` +
          "Nothing is lost; should this come again, look at how ids are made (workers/shared/new-id.ts).",
        now,
      );
    }
  }
  return upload.assetId;
}

/** Writes title, asset and the upload's new status. A title or an asset that is there already stays as it is. */
async function writeRows(
  env: Pick<Env, "DB">,
  upload: typeof uploads.$inferSelect,
  source: SourceObject,
  { title, slug }: { title: string; slug: string },
  now: number,
): Promise<void> {
  const db = openDatabase(env);
  await db.batch([
    db
      .insert(titles)
      .values({
        id: upload.titleId,
        producerId: upload.producerId,
        slug,
        title,
        language: upload.language,
        createdAt: now,
        updatedAt: now,
      })
      // By id only: a slug that another title has must fail, or this title would be dropped without a word.
      .onConflictDoNothing({ target: titles.id }),
    db
      .insert(assets)
      .values({
        id: upload.assetId,
        producerId: upload.producerId,
        titleId: upload.titleId,
        uploadId: upload.id,
        status: "waiting",
        filename: upload.filename,
        language: upload.language,
        sourceKey: source.key,
        sourceBytes: source.bytes,
        sourceEtag: source.etag,
        createdAt: now,
        updatedAt: now,
      })
      .onConflictDoNothing(),
    db
      .update(uploads)
      .set({ status: "asset_created", offset: source.bytes, writing: false, updatedAt: now })
      .where(sql`${uploads.id} = ${upload.id} and ${uploads.status} = 'waiting'`),
  ]);
}

/** Recognises SQLite's refusal of a second title with the same slug, wherever in the chain of causes it is. */
function isSlugTaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return /UNIQUE constraint failed: titles\.slug/.test(error.message) || isSlugTaken(error.cause);
}

function titleOfFilename(filename: string): string {
  const stem = filename
    .replace(/\.[A-Za-z0-9]{1,5}$/, "")
    .replaceAll(/[_\s]+/g, " ")
    .trim();
  return stem === "" ? "Untitled" : firstCharacters(stem, maxTitleCharacters);
}
