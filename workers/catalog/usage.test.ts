/** The counters of usage are right whatever is written, in whichever order. */
import { env } from "cloudflare:workers";
import { eq, sql } from "drizzle-orm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { meterDatabase } from "../../test/support/meter-database.ts";
import { libraryStatements, seed } from "../../test/support/seed-library.ts";
import { seedProducer } from "../../test/support/seed-producer.ts";
import { newId } from "../shared/new-id.ts";
import { openDatabase } from "./database.ts";
import { defaultQuotas, quotasOf, versionsKept } from "./quotas.ts";
import { assets, policyVersions, producers, producerUsage, tasks, uploads } from "./schema.ts";
import { readShare } from "./usage.ts";

const db = openDatabase(env);
const meter = meterDatabase(env.DB);

const anAssetRow = (producerId: string, id: string, sourceBytes: number) => ({
  ...{ id, producerId, titleId: "ttl_1", uploadId: id, status: "preparing" as const, filename: "f" },
  ...{ sourceKey: id, sourceBytes, sourceEtag: "e", createdAt: 0, updatedAt: 0 },
});

const statuses = ["pending", "queued", "running", "done", "failed"] as const;
const step = fc.oneof(
  fc.record({ do: fc.constant("add film" as const), bytes: fc.nat(1000), tasks: fc.nat(4) }),
  fc.record({
    do: fc.constantFrom("open" as const, "done" as const, "fail" as const, "delete" as const),
    film: fc.nat(5),
  }),
  fc.record({ do: fc.constantFrom("undelete" as const, "purge" as const, "drop" as const), film: fc.nat(5) }),
  fc.record({ do: fc.constant("task" as const), film: fc.nat(5), ordinal: fc.nat(4), status: fc.nat(4) }),
  fc.record({ do: fc.constant("drop task" as const), film: fc.nat(5), ordinal: fc.nat(4) }),
);

test("films, bytes and open tasks are those of the rows", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { producerId } = await seedProducer(env);
      const films: string[] = [];
      for (const one of steps) {
        if (one.do === "add film") {
          const id = newId("asset");
          films.push(id);
          await db.insert(assets).values(anAssetRow(producerId, id, one.bytes));
          for (let ordinal = 0; ordinal < one.tasks; ordinal++) {
            await db.insert(tasks).values({
              ...{ id: `${id}.${ordinal}`, assetId: id, producerId, kind: "video", ordinal, stage: 5 },
              ...{ priority: 1, status: "pending", spec: {} },
            });
          }
          continue;
        }
        const film = films[one.film] ?? "";
        const set = (values: Partial<typeof assets.$inferInsert>) =>
          db.update(assets).set(values).where(eq(assets.id, film));
        if (one.do === "open") await set({ work: "open" });
        if (one.do === "done") await set({ work: "done" });
        if (one.do === "fail") await set({ work: "failed", deletedAt: null });
        if (one.do === "delete") await set({ deletedAt: 5 });
        if (one.do === "undelete") await set({ deletedAt: null });
        if (one.do === "purge") await set({ deletedAt: 5, purgedAt: 6 });
        if (one.do === "drop") await db.delete(assets).where(eq(assets.id, film));
        const isTask = "ordinal" in one ? eq(tasks.id, `${film}.${one.ordinal}`) : sql`false`;
        if (one.do === "task") {
          await db
            .update(tasks)
            .set({ status: statuses[one.status] ?? "done" })
            .where(isTask);
        }
        if (one.do === "drop task") await db.delete(tasks).where(isTask);
      }
      const counted = await db.get<{ films: number; bytes: number; tasks: number }>(sql`
        select (select count(*) from assets where producer_id = ${producerId} and purged_at is null) as films,
          (select coalesce(sum(source_bytes), 0) from assets where producer_id = ${producerId} and purged_at is null) as bytes,
          (select count(*) from tasks t join assets a on a.id = t.asset_id where a.producer_id = ${producerId}
            and a.work = 'open' and a.deleted_at is null and t.status in ('pending', 'queued', 'running')) as tasks`);
      const { used } = await readShare(db, producerId, 10);
      expect({ films: used.films, bytes: used.bytes_stored, tasks: used.open_tasks }).toEqual(counted);
    }),
    { numRuns: 40 },
  );
});

test("ended uploads and the bytes of policies are those of the rows, also when a rebuild writes them again", async () => {
  const { producerId } = await seedProducer(env);
  const upload = (status: "waiting" | "cancelled") => {
    const id = newId("upload");
    return {
      ...{ id, producerId, assetId: id, titleId: id, status, filename: "f", length: 100, partBytes: 5 },
      ...{ sourceKey: id, multipartId: "m", createdAt: 0, updatedAt: 0, expiresAt: 1 },
    };
  };
  const open = upload("waiting");
  const ended = upload("cancelled");
  await db.insert(uploads).values([open, ended, { ...upload("waiting"), length: null, offset: 7 }]);
  await db.update(uploads).set({ status: "timed_out" }).where(eq(uploads.id, ended.id));
  const policy = { scope: newId("title"), version: 1, kind: "own" as const, producerId, createdAt: 0 };
  await db.insert(policyVersions).values({ ...policy, document: { rules: ["ä"] } });
  await db
    .insert(policyVersions)
    .values({ ...policy, document: { rules: [] } })
    .onConflictDoUpdate({
      target: [policyVersions.scope, policyVersions.version],
      set: { document: { rules: ["öö"] } },
    });
  expect((await readShare(db, producerId, 10)).used).toMatchObject({
    ...{ open_uploads: 2, ended_uploads: 1, bytes_stored: 107, policy_bytes: '{"rules":["öö"]}'.length + 2 },
  });
  await db.delete(uploads).where(eq(uploads.id, ended.id));
  await db.delete(policyVersions).where(eq(policyVersions.scope, policy.scope));
  expect((await readShare(db, producerId, 10)).used).toMatchObject({ ended_uploads: 0, policy_bytes: 0 });
});

test("a check reads a few rows in a library of 50,000 films", async () => {
  const { producerId } = await seedProducer(env);
  const run = (statement: string) => env.DB.prepare(statement).run();
  await seed(run, libraryStatements({ from: 0, count: 50_000, big: producerId, now: 0 }));
  const library = await db.get<{ films: number }>(
    sql`select count(*) as films from assets where producer_id = ${producerId} and purged_at is null`,
  );
  expect(library?.films).toBeGreaterThan(20_000);
  meter.reset();
  expect((await readShare(db, producerId, 10)).used.films).toBe(library?.films);
  expect(meter.rowsRead).toBeLessThan(10);
});

test("a producer's own numbers count beside everybody's, and what makes no sense does not", async () => {
  const { producerId } = await seedProducer(env);
  await db
    .update(producers)
    .set({ quotas: { films: 3 } })
    .where(eq(producers.id, producerId));
  const { quotas } = await readShare(db, producerId, 0);
  expect(quotas).toEqual({ ...defaultQuotas, films: 3 });
  for (const column of [null, "x", { films: -1 }, { cats: 3 }])
    expect(quotasOf(column)).toEqual(defaultQuotas);
  expect(versionsKept(quotas, 0)).toBe(200);
  expect(versionsKept(quotas, quotas.policy_bytes)).toBe(2);
  expect(versionsKept({ ...quotas, policy_versions: 0 }, 0)).toBe(1);
  expect((await readShare(db, "prd_nobody", 0)).used.films).toBe(0);
  expect(await db.select().from(producerUsage).where(eq(producerUsage.producerId, "prd_nobody"))).toEqual([]);
});
