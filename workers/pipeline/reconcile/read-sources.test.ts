/** Sources that are read whole, against real D1 and R2; pieces are a few bytes. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { anAsset } from "../../../test/support/publish-film.ts";
import { noise } from "../../../test/support/random.ts";
import { lastingAlarms } from "../../catalog/alarms.ts";
import { openDatabase } from "../../catalog/database.ts";
import { alarms, assets, serviceState } from "../../catalog/schema.ts";
import { digestOf } from "../../shared/digest.ts";
import { readSources } from "./read-sources.ts";
import { scrubbedWithinMs } from "./scrub.ts";
import { joinDigests, pieceAt } from "./source-digest.ts";

const db = openDatabase(env);
const hourMs = 3_600_000;

beforeEach(async () => {
  await db.update(assets).set({ deletedAt: 1 });
  await db.delete(alarms);
  await db.delete(serviceState);
});

async function aSource(bytes: number, seed = 1): Promise<{ id: string; key: string; body: Uint8Array }> {
  const id = await anAsset(env, 0);
  const key = `sources/${id}`;
  const body = noise(bytes, seed);
  const etag = (await env.SOURCES.put(key, body))?.etag ?? "";
  await db
    .update(assets)
    .set({ sourceKey: key, sourceBytes: bytes, sourceEtag: etag, work: "done" })
    .where(eq(assets.id, id));
  return { id, key, body };
}

const rowOf = async (id: string) => await db.select().from(assets).where(eq(assets.id, id)).get();
const limited = (bytes: number): Env => ({ ...env, DIGEST_BYTES_PER_RUN: String(bytes) });

test("pieces cover a source once, whatever its size", () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.integer({ min: 1, max: 300 }), (bytes, size) => {
      let at = 0;
      for (let piece = 0; ; piece++) {
        const range = pieceAt(bytes, piece, size);
        if (range === null) break;
        expect(range.offset).toBe(at);
        at += range.length;
      }
      expect(at).toBe(bytes);
    }),
  );
});

test("a source of one piece gets its plain SHA-256, an empty one too", async () => {
  const [film, empty] = [await aSource(1000), await aSource(0)];
  await readSources(env, 5000);
  expect(await rowOf(film.id)).toMatchObject({
    sourceSha256: await digestOf("SHA-256", film.body),
    sourceReadAt: 5000,
  });
  expect(await rowOf(empty.id)).toMatchObject({ sourceSha256: await digestOf("SHA-256", new Uint8Array()) });
});

test("a long source is read in several runs, some pieces each, and two runs at once do no harm", async () => {
  const film = await aSource(1050);
  for (let run = 0; run < 3; run++) {
    expect((await rowOf(film.id))?.sourceSha256).toBeNull();
    await Promise.all([readSources(limited(400), 5000, 100), readSources(limited(400), 5000, 100)]);
  }
  const pieces = Array.from({ length: 11 }, (_, n) =>
    digestOf("SHA-256", film.body.slice(n * 100, n * 100 + 100)),
  );
  expect(await rowOf(film.id)).toMatchObject({
    sourceSha256: await joinDigests(await Promise.all(pieces)),
    sourceReadAt: 5000,
  });
});

test("a film that is being encoded waits for an hour", async () => {
  const film = await aSource(10);
  await db.update(assets).set({ work: "open" }).where(eq(assets.id, film.id));
  await readSources(env, hourMs - 1);
  expect((await rowOf(film.id))?.sourceSha256).toBeNull();
  await readSources(env, hourMs);
  expect((await rowOf(film.id))?.sourceSha256).not.toBeNull();
});

test("a source that reads as other bytes 30 days later raises an alarm and keeps its first digest", async () => {
  const film = await aSource(1000);
  await readSources(env, 5000);
  const { sourceSha256 } = (await rowOf(film.id)) ?? {};
  await env.SOURCES.put(film.key, noise(1000, 2));
  await readSources(env, 4000 + scrubbedWithinMs);
  expect(await lastingAlarms(db)).toEqual([]);
  await readSources(env, 5000 + scrubbedWithinMs);
  expect(await lastingAlarms(db)).toMatchObject([
    { code: "source_damaged", detail: expect.stringContaining(film.id) },
  ]);
  expect(await rowOf(film.id)).toMatchObject({ sourceSha256, sourceReadAt: 5000 + scrubbedWithinMs });
});

test("a source that R2 can't give is tried again an hour later, and keeps nobody from their turn", async () => {
  const [bad, good] = [await aSource(100), await aSource(200)];
  const broken = new Proxy(env.SOURCES, {
    get: (bucket, name) => {
      const member: unknown = Reflect.get(bucket, name);
      if (typeof member !== "function") return member;
      return (key: string, ...rest: unknown[]) => {
        if (key === bad.key) throw new Error("R2 is away");
        return member.call(bucket, key, ...rest);
      };
    },
  });
  const now = 2 * scrubbedWithinMs;
  await readSources({ ...env, SOURCES: broken }, now);
  expect((await rowOf(good.id))?.sourceSha256).not.toBeNull();
  await readSources(env, now + hourMs - 1);
  expect((await rowOf(bad.id))?.sourceSha256).toBeNull();
  await readSources(env, now + hourMs);
  expect((await rowOf(bad.id))?.sourceSha256).not.toBeNull();
});

test("a source that is gone raises an alarm", async () => {
  const film = await aSource(100);
  await env.SOURCES.delete(film.key);
  await readSources(env, 5000);
  expect(await lastingAlarms(db)).toMatchObject([{ code: "source_damaged" }]);
});
