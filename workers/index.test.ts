import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, expect, test, vi } from "vitest";
import { muted } from "../test/support/publish-film.ts";
import { openDatabase } from "./catalog/database.ts";
import { changes, producers, uploads } from "./catalog/schema.ts";
import { readState } from "./catalog/service-state.ts";
import worker from "./index.ts";
import { lastRunState } from "./pipeline/reconcile/run-steps.ts";

const db = openDatabase(env);
const minuteMs = 60_000;
const dayMs = 86_400_000;

afterEach(() => {
  vi.useRealTimers();
});

const cron = (scheduledTime: number) =>
  worker.scheduled({ scheduledTime, cron: "* * * * *", noRetry: () => undefined }, muted(env));

test("the cron drops changes that every consumer has dealt with", async () => {
  const start = 1_800_000_000_000;
  for (const id of ["a", "b", "c"]) await db.insert(producers).values({ id, name: id, createdAt: 0 });
  expect(await db.$count(changes)).toBeGreaterThanOrEqual(3);
  vi.useFakeTimers({ toFake: ["Date"] });
  // The first step is another one each minute, so dropping may come before following in one run.
  for (const now of [start, start + minuteMs]) {
    vi.setSystemTime(now);
    await cron(now);
  }
  expect(await db.$count(changes)).toBe(1);
});

test("the cron goes by its own clock, whatever time the event claims: no upload ends early", async () => {
  const now = 1_900_000_000_000;
  vi.useFakeTimers({ toFake: ["Date"], now });
  await db.insert(uploads).values({
    ...{ id: "upl_open", producerId: "p", assetId: "ast_x", titleId: "ttl_x", status: "waiting" as const },
    ...{ filename: "f", partBytes: 1, multipartId: "m", sourceKey: "sources/upl_open" },
    ...{ createdAt: now, updatedAt: now, expiresAt: now + 6 * dayMs },
  });
  let minutes = 0;
  for (const claimed of [now + 7 * dayMs, now + 40 * dayMs, Number.MAX_SAFE_INTEGER, 0, -1, Number.NaN]) {
    const due = now + minutes++ * minuteMs;
    vi.setSystemTime(due);
    await cron(claimed);
    const row = await db.select().from(uploads).where(eq(uploads.id, "upl_open")).get();
    expect(row?.status, String(claimed)).toBe("waiting");
    expect(JSON.parse((await readState(db, lastRunState)) ?? "{}")).toMatchObject({ dueAt: due });
  }
});
