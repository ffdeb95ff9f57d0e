import { env } from "cloudflare:workers";
import { and, eq, gt, isNull } from "drizzle-orm";
import { expect, test } from "vitest";
import { anAsset, aPublishedFilm, muted } from "../../../test/support/publish-film.ts";
import { Random } from "../../../test/support/random.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, renditions, tasks, titles } from "../../catalog/schema.ts";
import { newId } from "../../shared/new-id.ts";
import { claimNextTask } from "../tasks/claim-next.ts";
import { heartbeat } from "../tasks/task-lease.ts";
import { startAsset } from "./asset-lifecycle.ts";
import { deleteAsset, undeleteAsset } from "./delete-asset.ts";

const db = openDatabase(env);
const mute = muted(env);
const start = 1_800_000_000_000;
const assetOf = (id: string) => db.select().from(assets).where(eq(assets.id, id)).get();
const tasksOf = (id: string) => db.select().from(tasks).where(eq(tasks.assetId, id));

test("a published film that is taken back has every row as before", async () => {
  const { assetId } = await aPublishedFilm(env, start);
  const read = async () => ({
    asset: await assetOf(assetId),
    renditions: await db.select().from(renditions).where(eq(renditions.assetId, assetId)),
    tasks: await tasksOf(assetId),
  });
  const before = await read();
  await deleteAsset(env, assetId, "prd_1", start + 1);
  expect(await assetOf(assetId)).toMatchObject({ deletedAt: start + 1, deletedBy: "prd_1" });
  expect(await undeleteAsset(mute, assetId, start + 2)).toBe(true);
  const after = await read();
  expect(after).toEqual({ ...before, asset: { ...before.asset, updatedAt: start + 2 } });
  expect(await undeleteAsset(mute, assetId, start + 3)).toBe(false);
});

test("a film that is taken back while it was prepared is prepared on; attempts from before have lost their leases", async () => {
  const id = await anAsset(env, start);
  await startAsset(mute, id, start);
  const task = await claimNextTask(db, "lease", start);
  if (task === null) throw new Error("no task was due");
  await deleteAsset(env, id, "prd_1", start + 1);
  expect(await heartbeat(db, task, 0.5, start + 2)).toBe(false);
  expect(await claimNextTask(db, "other", start + 2)).toBeNull();
  expect(await undeleteAsset(mute, id, start + 3)).toBe(true);
  expect(await heartbeat(db, task, 0.5, start + 4)).toBe(false);
  expect(await tasksOf(id)).toMatchObject([{ kind: "inspect", status: "queued" }]);
  expect((await claimNextTask(db, "new", start + 4))?.assetId).toBe(id);
});

interface ModelFilm {
  id: string;
  createdAt: number;
  deletedAt: number | null;
}

/**
 * Deletes, undeletes and replacements in any order, against a model of a few lines: a film is either there or was deleted at
 * a time; a title plays what was published last; when that is deleted, or a film taken back, its newest film. Without one it is deleted.
 */
test("deletes, undeletes and replacements in any order leave what a small model says", async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = new Random(seed);
  for (let round = 0; round < 12; round++) {
    const titleId = newId("title");
    const times = { createdAt: start, updatedAt: start };
    await db.insert(titles).values({ id: titleId, producerId: "p", slug: titleId, title: "Film", ...times });
    const films: ModelFilm[] = [];
    const graceMs = 30 * 86_400_000;
    let plays: string | null = null;
    let now = start;
    const newest = () =>
      films.filter(({ deletedAt }) => deletedAt === null).toSorted((a, b) => b.createdAt - a.createdAt)[0]
        ?.id ?? null;
    for (let step = 0; step < 15; step++) {
      now += Math.floor(random.fraction() * (random.fraction() < 0.1 ? 40 : 2) * 86_400_000) + 1;
      const film = films[Math.floor(random.fraction() * films.length)];
      const dice = random.fraction();
      if (film === undefined || (dice < 0.2 && films.some(({ deletedAt }) => deletedAt === null))) {
        const id = await publishInto(titleId, now);
        films.push({ id, createdAt: now, deletedAt: null });
        plays = id;
      } else if (dice < 0.6) {
        await deleteAsset(env, film.id, "p", now);
        film.deletedAt ??= now;
        if (plays === film.id) plays = newest();
      } else {
        const canBe = film.deletedAt !== null && film.deletedAt > now - graceMs;
        expect(await undeleteAsset(mute, film.id, now), `seed ${seed}`).toBe(canBe);
        if (canBe) film.deletedAt = null;
        if (canBe) plays = newest();
      }
      const rows = await db.select().from(assets).where(eq(assets.titleId, titleId));
      const title = await db.select().from(titles).where(eq(titles.id, titleId)).get();
      const where = `seed ${seed}, round ${round}, step ${step}`;
      expect(new Map(rows.map(({ id, deletedAt }) => [id, deletedAt])), where).toEqual(
        new Map(films.map(({ id, deletedAt }) => [id, deletedAt])),
      );
      expect(title?.assetId ?? null, where).toBe(plays);
      expect(title?.deletedAt === null, where).toBe(newest() !== null);
      const shown = await db
        .select({ assetId: assets.id })
        .from(titles)
        .innerJoin(assets, eq(assets.id, titles.assetId))
        .where(and(eq(titles.slug, titleId), gt(assets.revision, 0), isNull(assets.deletedAt)))
        .get();
      expect(shown?.assetId ?? null, where).toBe(plays);
    }
  }
});

/** A new film of a title, published: what replaces the one before it. */
async function publishInto(titleId: string, now: number): Promise<string> {
  const id = newId("asset");
  await db.insert(assets).values({
    ...{
      id,
      producerId: "p",
      titleId,
      uploadId: newId("upload"),
      status: "ready",
      work: "done",
      revision: 1,
    },
    ...{ filename: "f", sourceKey: `sources/${id}`, sourceBytes: 1, sourceEtag: "e", createdAt: now },
    updatedAt: now,
  });
  await db.update(titles).set({ assetId: id }).where(eq(titles.id, titleId));
  return id;
}
