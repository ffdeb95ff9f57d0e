import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { anAsset } from "../../../test/support/publish-film.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { lastingAlarms } from "../../catalog/alarms.ts";
import { openDatabase } from "../../catalog/database.ts";
import {
  assets,
  deadLetters,
  policyVersions,
  producers,
  sessions,
  signingKeys,
  titles,
  uploads,
} from "../../catalog/schema.ts";
import { deletionGate } from "../../safety/deletion-gate.ts";
import { adoptEpoch } from "../../safety/epoch-stamp.ts";
import { newId } from "../../shared/new-id.ts";
import { keptMs, pruneOldRows } from "./prune-old-rows.ts";
import { prunePolicies } from "./prune-policies.ts";
import { sliceAt, sweepOrphans } from "./sweep-orphans.ts";

const db = openDatabase(env);
const now = Date.now() + 400 * 86_400_000;
const old = now - keptMs - 1;
const young = now - keptMs + 1000;
const always = () => true;

beforeEach(async () => {
  for (const table of [uploads, assets, sessions, deadLetters, signingKeys]) await db.delete(table);
  await adoptEpoch(env, now);
});

const prune = (at = now) => pruneOldRows(env, at, always, deletionGate(env, at));

async function anUpload(status: typeof uploads.$inferSelect.status, updatedAt: number): Promise<string> {
  const id = newId("upload");
  await db.insert(uploads).values({
    ...{ id, status, updatedAt, producerId: "prd_1", assetId: newId("asset"), titleId: newId("title") },
    ...{
      filename: "f",
      partBytes: 5,
      multipartId: "m",
      sourceKey: `sources/${id}`,
      createdAt: 0,
      expiresAt: 1,
    },
  });
  return id;
}

test("uploads go a month after they ended; open ones stay, and ended ones whose source the sweep has not taken yet", async () => {
  const gone = [
    await anUpload("cancelled", old),
    await anUpload("errored", old),
    await anUpload("timed_out", old),
  ];
  const kept = [await anUpload("cancelled", young), await anUpload("waiting", old)];
  const withSource = await anUpload("cancelled", old);
  await env.SOURCES.put(`sources/${withSource}`, "x");
  await prune();
  const left = (await db.select().from(uploads)).map(({ id }) => id);
  expect(left.toSorted()).toEqual([...kept, withSource].toSorted());
  for (const id of gone) expect(left).not.toContain(id);
  await env.SOURCES.delete(`sources/${withSource}`);
  await prune();
  expect(await db.select().from(uploads).where(eq(uploads.id, withSource))).toEqual([]);
});

test("nothing of uploads goes while the database is not to be believed", async () => {
  await anUpload("cancelled", old);
  const shut = { ...deletionGate(env, now), mayDelete: async () => false };
  await pruneOldRows(env, now, always, shut);
  expect(await db.select().from(uploads)).toHaveLength(1);
});

test("the source of a film whose upload is forgotten is known by the film, and stays", async () => {
  const id = await anUpload("asset_created", old);
  const film = await anAsset(env, 0);
  await db
    .update(assets)
    .set({ uploadId: id, sourceKey: `sources/${id}` })
    .where(eq(assets.id, film));
  await env.SOURCES.put(`sources/${id}`, "x");
  await prune();
  expect(await db.select().from(uploads)).toEqual([]);
  for (let at = now; ; at += 60_000) {
    if (sliceAt(at) !== id.slice(4, 6)) continue;
    await sweepOrphans(env, at, always, deletionGate(env, at));
    break;
  }
  expect(await env.SOURCES.head(`sources/${id}`)).not.toBeNull();
  expect((await lastingAlarms(db)).map(({ code }) => code)).not.toContain("sweep_fuse");
});

test("expired sessions, letters sent again and revoked keys go; what is in use stays", async () => {
  await db.insert(sessions).values([
    { tokenHash: "gone", producerId: "prd_1", apiKeyId: "k", expiresAt: now - 1 },
    { tokenHash: "kept", producerId: "prd_1", apiKeyId: "k", expiresAt: now + 1 },
  ]);
  const letter = { queue: "q", body: {}, createdAt: 0 };
  await db.insert(deadLetters).values([
    { ...letter, id: "gone", rerunAt: old },
    { ...letter, id: "young", rerunAt: young },
    { ...letter, id: "never" },
  ]);
  const key = { producerId: "prd_1", apiKeyId: "k", name: "", publicKey: "x", createdAt: 0 };
  await db.insert(signingKeys).values([
    { ...key, kid: "gone", change: 1, revokedAt: old },
    { ...key, kid: "in force", change: 2 },
    { ...key, kid: "young", change: 3, revokedAt: young },
    { ...key, kid: "newest change", change: 4, revokedAt: old },
  ]);
  await prune();
  expect((await db.select().from(sessions)).map(({ tokenHash }) => tokenHash)).toEqual(["kept"]);
  expect((await db.select().from(deadLetters)).map(({ id }) => id).toSorted()).toEqual(["never", "young"]);
  expect((await db.select().from(signingKeys)).map(({ kid }) => kid).toSorted()).toEqual([
    ...["in force", "newest change", "young"],
  ]);
});

test("versions of policies go when their producer's quota has become smaller", async () => {
  const { producerId } = await seedProducer(env);
  await db
    .update(producers)
    .set({ quotas: { policy_versions: 4 } })
    .where(eq(producers.id, producerId));
  const id = newId("title");
  await db.insert(titles).values({
    ...{
      id,
      producerId,
      slug: id,
      title: "t",
      policyVersion: 300,
      hasOwnPolicy: true,
      createdAt: 0,
      updatedAt: 0,
    },
  });
  const version = (n: number) => ({
    ...{ scope: id, version: n, kind: "own" as const, document: { rules: [] }, producerId, createdAt: 0 },
  });
  for (let from = 1; from <= 300; from += 15) {
    await db.insert(policyVersions).values(Array.from({ length: 15 }, (_, n) => version(from + n)));
  }
  const left = async () =>
    (await db.select().from(policyVersions).where(eq(policyVersions.scope, id))).map((row) => row.version);
  await prunePolicies(env, now, always);
  expect(await left()).toHaveLength(100); // a bounded number at a time
  await prunePolicies(env, now, always);
  expect(await left()).toEqual([297, 298, 299, 300]);
});
