/** Another recipe for a finished asset: what was made is kept, what is new is planned, and races change nothing. */
import { env } from "cloudflare:workers";
import { eq, ne } from "drizzle-orm";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { anInspection } from "../../../test/support/inspection.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, renditions, tasks } from "../../catalog/schema.ts";
import { fleetOf } from "../plan/fleet.ts";
import { makePlan } from "../plan/make-plan.ts";
import { parsePlan } from "../plan/plan.ts";
import { applyRecipe, ordinaryRecipe, recipe } from "../plan/recipe.ts";
import { renditionReportKey } from "../storage/media-keys.ts";
import { storePlan } from "../tasks/store-plan.ts";
import { reencodeAsset } from "./reencode-asset.ts";

const db = openDatabase(env);
const quiet = { ...env, TRANSCODE_QUEUE: { sendBatch: async () => undefined } } as unknown as Env;
const id = "ast_again";

beforeEach(async () => {
  for (const table of [assets, renditions, tasks]) await db.delete(table);
  await db.insert(assets).values({
    ...{ id, producerId: "prd_1", titleId: "ttl_1", uploadId: "upl_1", status: "preparing", filename: "f" },
    ...{ sourceKey: "sources/1", sourceBytes: 1, sourceEtag: "e", createdAt: 0, updatedAt: 0 },
  });
  await storePlan(quiet, id, anInspection(30), 1);
  await db.update(tasks).set({ status: "done" });
  await db.update(renditions).set({ status: "ready" });
  await db.update(assets).set({ status: "ready", work: "done", revision: 1 });
});

const keysOfTasks = async (): Promise<string[]> => {
  const rows = await db.select().from(tasks).where(eq(tasks.kind, "video"));
  return rows.flatMap(({ spec }) => (spec as { rungs: { key: string }[] }).rungs.map(({ key }) => key));
};

test("adding a codec keeps every key of before and adds a rung each, while the asset stays ready", async () => {
  const before = await keysOfTasks();
  expect(await reencodeAsset(quiet, id, recipe.parse({ codecs: ["h264", "av1"] }), 5)).toBe(true);
  const after = await keysOfTasks();
  expect(after.filter((key) => before.includes(key))).toEqual(before);
  expect(after.filter((key) => !before.includes(key))).toHaveLength(before.length);
  const asset = await db.select().from(assets).get();
  expect(asset).toMatchObject({ status: "ready", work: "open", revision: 1 });
  const rows = await db.select().from(renditions).where(eq(renditions.kind, "video"));
  expect(rows.filter(({ status }) => status === "ready")).toHaveLength(before.length);
  expect(rows.filter(({ status }) => status === "preparing").map(({ label }) => label)).toContain("720p AV1");
});

test("adding Opus keeps everything that is there, and makes one more track of each", async () => {
  const keys = async (table: "video" | "audio") => {
    const rows = await db.select().from(renditions).where(eq(renditions.kind, table));
    return rows.map(({ key, status, channels }) => [key.split("-")[0], status, channels]);
  };
  const before = await keys("video");
  expect(await reencodeAsset(quiet, id, recipe.parse({ audio: ["aac", "opus"] }), 5)).toBe(true);
  expect(await keys("video")).toEqual(before);
  expect(await keys("audio")).toEqual([
    ["a0", "ready", 2],
    ["o0", "preparing", 2],
  ]);
  const stored = await db.select().from(assets).get();
  expect(recipe.parse(stored?.recipe)).toEqual({ codecs: ["h264"], audio: ["aac", "opus"], rungs: null });
  expect(stored).toMatchObject({ status: "ready", work: "open" });
});

test("the same recipe plans the same keys: there is nothing new to encode", async () => {
  const before = await keysOfTasks();
  expect(await reencodeAsset(quiet, id, ordinaryRecipe, 5)).toBe(true);
  expect(await keysOfTasks()).toEqual(before);
  expect(await db.select().from(renditions).where(eq(renditions.status, "preparing"))).toEqual([]);
});

test("what is stored is planned to take no time, and the decisions are the recipe's", async () => {
  const planned = async () => {
    const rows = await db.select().from(tasks).where(ne(tasks.status, "done"));
    return rows.reduce((sum, { plannedSeconds }) => sum + plannedSeconds, 0);
  };
  const { plan } = await makePlan(anInspection(30), { etag: "e", language: null }, fleetOf(env));
  for (const { key } of plan.video) {
    for (const ordinal of plan.chunks.keys()) await env.MEDIA.put(renditionReportKey(id, key, ordinal), "{}");
  }
  const chosen = recipe.parse({ codecs: ["h264", "av1"], rungs: ["480p"] });
  expect(await reencodeAsset(quiet, id, chosen, 5)).toBe(true);
  const withOne = await planned();
  await db.update(assets).set({ work: "done" });
  expect(await reencodeAsset(quiet, id, recipe.parse({ codecs: ["h264", "av1"] }), 6)).toBe(true);
  expect(await planned()).toBeGreaterThan(withOne);
  await db.update(assets).set({ work: "done" });
  expect(await reencodeAsset(quiet, id, ordinaryRecipe, 7)).toBe(true);
  const video = await db.select().from(tasks).where(eq(tasks.kind, "video"));
  for (const { plannedSeconds } of video) expect(plannedSeconds).toBeLessThan(0.1);

  await db.update(assets).set({ work: "done" });
  await reencodeAsset(quiet, id, chosen, 8);
  const { decisions } = parsePlan((await db.select().from(assets).get())?.plan).ladder;
  expect(decisions.filter(({ kept }) => kept).map(({ label }) => label)).toEqual(["480p", "480p AV1"]);
  expect(decisions.find(({ label }) => label === "720p")?.reason).toBe("The recipe leaves it out.");
});

test("a recipe that names a rung which the film doesn't have is refused, and nothing is retired", async () => {
  for (const rungs of [["2160p"], ["720p", "9999p"]]) {
    await expect(reencodeAsset(quiet, id, recipe.parse({ rungs }), 5)).rejects.toMatchObject({
      status: 422,
      code: "no_such_rung",
    });
  }
  expect(await db.select().from(assets).get()).toMatchObject({ work: "done" });
});

test("of two at once one wins, and the loser leaves no trace", async () => {
  const [one, two] = [recipe.parse({ codecs: ["h264", "hevc"] }), recipe.parse({ rungs: ["720p"] })];
  const won = await Promise.all([reencodeAsset(quiet, id, one, 5), reencodeAsset(quiet, id, two, 5)]);
  expect([...won].sort()).toEqual([false, true]);
  const chosen = won[0] ? one : two;
  const { plan } = await makePlan(anInspection(30), { etag: "e", language: null }, fleetOf(env), chosen);
  const asset = await db.select().from(assets).get();
  expect(parsePlan(asset?.plan).recipeHash).toBe(plan.recipeHash);
  expect((await keysOfTasks()).sort()).toEqual(plan.video.map(({ key }) => key).sort());
});

test("an asset with work in hand is left alone", async () => {
  await db.update(assets).set({ work: "open" });
  expect(await reencodeAsset(quiet, id, ordinaryRecipe, 5)).toBe(false);
});

test("every recipe that parses has H.264 rungs, and no rung that the film doesn't fit", () => {
  const rungs = ["1080p", "720p", "360p"].map((label, n) => ({
    label,
    codec: "h264" as const,
    crf: 23,
    maxrateKbps: 900 - n,
  }));
  const codec = fc.constantFrom("h264", "hevc", "av1");
  const label = fc.constantFrom("1080p", "720p", "480p", "360p");
  fc.assert(
    fc.property(
      fc.array(codec, { maxLength: 4 }),
      fc.option(fc.array(label, { maxLength: 4 })),
      (codecs, labels) => {
        const parsed = recipe.safeParse({ codecs, rungs: labels });
        if (!parsed.success) return;
        const made = applyRecipe<{
          label: string;
          codec: "h264" | "hevc" | "av1";
          crf: number;
          maxrateKbps: number;
        }>(rungs, parsed.data);
        expect(made.some((rung) => rung.codec === "h264")).toBe(true);
        expect(new Set(made.map((rung) => rung.label)).size).toBe(made.length);
        for (const rung of made)
          expect(rungs.map((known) => known.label)).toContain(rung.label.split(" ")[0]);
      },
    ),
  );
});
