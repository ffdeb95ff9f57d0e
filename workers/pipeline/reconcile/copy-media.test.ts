/** The second media bucket against real R2. */
import { env, exports } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { seededKeys, seedTitle } from "../../../test/support/seed-title.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { withMediaCopy } from "../../playback/origin/with-media-copy.ts";
import { deletionGate } from "../../safety/deletion-gate.ts";
import { adoptEpoch } from "../../safety/epoch-stamp.ts";
import { copyMedia } from "./copy-media.ts";

const db = openDatabase(env);

function copyBucket(): R2Bucket {
  if (env.MEDIA_COPY === undefined) throw new Error("vitest.config.ts binds no MEDIA_COPY");
  return env.MEDIA_COPY;
}

beforeEach(async () => {
  await db.delete(assets);
});

const keysOf = async (bucket: R2Bucket, assetId: string): Promise<string[]> =>
  (await bucket.list({ prefix: `media/${assetId}/` })).objects.map(({ key, etag }) => `${key} ${etag}`);

const copiedOf = async (id: string) =>
  (await db.select().from(assets).where(eq(assets.id, id)).get())?.copiedRevision;

/** A bucket whose reads fail. */
function failing(bucket: R2Bucket, only = ""): R2Bucket {
  return new Proxy(bucket, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (key: string, ...rest: unknown[]) => {
        if ((name === "get" || name === "head") && key.startsWith(only)) throw new Error("R2 is away");
        return member.call(target, key, ...rest);
      };
    },
  });
}

test("what is published is copied in steps, then again when it is published again, and nothing twice", async () => {
  const { assetId } = await seedTitle(env);
  const stored = await keysOf(env.MEDIA, assetId);
  await copyAt(env, 1000, 10);
  expect(await keysOf(copyBucket(), assetId)).toHaveLength(10);
  expect(await copiedOf(assetId)).toBe(0);
  await copyAt(env, 2000, 10);
  await copyAt(env, 3000, 10);
  expect(await keysOf(copyBucket(), assetId)).toEqual(stored);
  expect(await copiedOf(assetId)).toBe(1);
  await env.MEDIA.put(`media/${assetId}/${seededKeys.video360}/playlist.m3u8`, "other");
  await db.update(assets).set({ revision: 2 }).where(eq(assets.id, assetId));
  await copyAt(env, 4000);
  expect(await keysOf(copyBucket(), assetId)).toEqual(await keysOf(env.MEDIA, assetId));
  expect(await copiedOf(assetId)).toBe(2);
});

test("without a second bucket nothing happens, and an asset that fails keeps nobody from their turn", async () => {
  const films = await Promise.all(Array.from({ length: 8 }, () => seedTitle(env)));
  const ids = films.map(({ assetId }) => assetId).sort();
  const { MEDIA_COPY: _none, ...without } = env;
  await copyAt(without, 1000);
  expect(await copiedOf(ids[0] ?? "")).toBe(0);
  const broken = { ...env, MEDIA: failing(env.MEDIA, `media/${ids[0]}/`) };
  for (let run = 0; run < 3; run++) await copyAt(broken, 2000);
  expect(await Promise.all(ids.map(copiedOf))).toEqual([0, ...ids.slice(1).map(() => 1)]);
  for (let run = 0; run < 3; run++) await copyAt(env, 3000);
  expect(await copiedOf(ids[0] ?? "")).toBe(1);
});

test("what the first bucket loses stays in the copy, until the film's own row says that it was deleted", async () => {
  const { assetId } = await seedTitle(env);
  await copyAt(env, 1000);
  const whole = await keysOf(copyBucket(), assetId);
  for (const one of whole) await env.MEDIA.delete(one.split(" ")[0] ?? "");
  await db.update(assets).set({ revision: 2 }).where(eq(assets.id, assetId));
  await copyAt(env, 2000);
  await db.update(assets).set({ deletedAt: 3000 }).where(eq(assets.id, assetId));
  await copyAt(env, 3000);
  expect(await keysOf(copyBucket(), assetId)).toEqual(whole);
  await db.update(assets).set({ purgedAt: 4000 }).where(eq(assets.id, assetId));
  await adoptEpoch(env, 5000);
  await copyAt(env, 5000);
  expect(await keysOf(copyBucket(), assetId)).toEqual([]);
});

test("a film whose objects are gone from the first bucket plays from the second", async () => {
  const { assetId, titleId } = await seedTitle(env);
  await copyAt(env, 1000);
  for (const one of await keysOf(env.MEDIA, assetId)) await env.MEDIA.delete(one.split(" ")[0] ?? "");
  const at = (url: string, init: RequestInit = {}) =>
    exports.default.fetch(new Request(url, { ...init, cf: { country: "DE" } }));
  const body = JSON.stringify({ title: titleId });
  const answer = await at("http://marquee.test/v1/playback", { method: "POST", body });
  const { playback_url: url } = await answer.json<{ playback_url: string }>();
  for (const file of ["playlist.m3u8", "init.mp4", "seg-00001.m4s"]) {
    const response = await at(new URL(`${seededKeys.video360}/${file}`, url).href);
    await response.body?.cancel();
    expect([file, response.status]).toEqual([file, 200]);
  }
});

test("a bucket that does not answer is stood in for; what neither has, and the copy may not have yet, is a failure", async () => {
  const { assetId } = await seedTitle(env);
  await copyAt(env, 1000);
  const key = `media/${assetId}/${seededKeys.video360}/init.mp4`;
  const { MEDIA } = withMediaCopy({ ...env, MEDIA: failing(env.MEDIA) });
  expect(await (await MEDIA.get(key))?.text()).toBe(`init of ${seededKeys.video360}`);
  expect((await MEDIA.head(key))?.size).toBeGreaterThan(0);
  expect(await (await MEDIA.get(key, { range: { offset: 0, length: 4 } }))?.text()).toBe("init");
  await expect(MEDIA.get("media/ast_none/x")).rejects.toThrow("R2 is away");
  const { MEDIA: calm } = withMediaCopy(env);
  expect(await calm.get("media/ast_none/x")).toBeNull();
});

function copyAt(bindings: Env, now: number, most?: number): Promise<void> {
  return copyMedia(bindings, now, () => true, deletionGate(bindings, now), most);
}
