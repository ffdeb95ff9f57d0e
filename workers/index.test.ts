import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { openDatabase } from "./catalog/database.ts";
import { changes, producers } from "./catalog/schema.ts";
import worker from "./index.ts";

test("the cron drops changes that every consumer has dealt with", async () => {
  const db = openDatabase(env);
  for (const id of ["a", "b", "c"]) await db.insert(producers).values({ id, name: id, createdAt: 0 });
  expect(await db.$count(changes)).toBeGreaterThanOrEqual(3);
  // The first step is another one each minute, so dropping may come before following in one run.
  for (const scheduledTime of [1_800_000_000_000, 1_800_000_060_000]) {
    await worker.scheduled({ scheduledTime, cron: "* * * * *", noRetry: () => undefined }, env);
  }
  expect(await db.$count(changes)).toBe(1);
});
