import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { newId } from "../shared/new-id.ts";
import { slugOf } from "../shared/slug.ts";
import { lastingAlarms } from "./alarms.ts";
import { openDatabase } from "./database.ts";
import { registerSource } from "./register-source.ts";
import { assets, titles, uploads } from "./schema.ts";

const db = openDatabase(env);

async function anUpload(title: string | null, filename = "film.mp4"): Promise<typeof uploads.$inferSelect> {
  const id = newId("upload");
  const [row] = await db
    .insert(uploads)
    .values({
      ...{ id, producerId: "prd_1", assetId: newId("asset"), titleId: newId("title"), status: "waiting" },
      ...{
        filename,
        title,
        partBytes: 1,
        multipartId: "m",
        sourceKey: `sources/${id}`,
        length: 1,
      },
      ...{ createdAt: 0, updatedAt: 0, expiresAt: 1 },
    })
    .returning();
  if (row === undefined) throw new Error("no row");
  return row;
}

async function register(upload: typeof uploads.$inferSelect): Promise<string | null> {
  return await registerSource(env, { key: upload.sourceKey, bytes: 1, etag: "e" }, 5);
}

test("a title whose slug is taken gets a longer one and an alarm, and is never dropped", async () => {
  const upload = await anUpload("東京物語");
  const slug = slugOf("東京物語", upload.titleId);
  const taken = { producerId: "prd_1", title: "Other", createdAt: 0, updatedAt: 0 };
  await db.insert(titles).values({ id: newId("title"), slug, ...taken });
  await db.insert(titles).values({ id: newId("title"), slug: slugOf("", upload.titleId, 16), ...taken });
  expect(await register(upload)).toBe(upload.assetId);
  const title = await db.select().from(titles).where(eq(titles.id, upload.titleId)).get();
  expect(title?.slug).toBe(upload.titleId.slice(-20));
  expect(await db.select().from(assets).where(eq(assets.titleId, upload.titleId))).toHaveLength(1);
  expect(await lastingAlarms(db)).toMatchObject([{ code: "slug_taken" }]);
});

test("a source that is announced twice makes one title, also when the upload's row was not written", async () => {
  const upload = await anUpload("The Third Man");
  await register(upload);
  await db.update(uploads).set({ status: "waiting" }).where(eq(uploads.id, upload.id));
  await register(upload);
  const slug = slugOf("The Third Man", upload.titleId);
  expect(await db.select().from(titles).where(eq(titles.slug, slug))).toHaveLength(1);
});

test("a title from a long file name ends with a whole character", async () => {
  const upload = await anUpload(null, `${"a".repeat(199)}😀😀.mp4`);
  await register(upload);
  const title = await db.select().from(titles).where(eq(titles.id, upload.titleId)).get();
  expect(title?.title).toBe(`${"a".repeat(199)}😀`);
});
