/** Every step of the cron reads in proportion to what it has to do, whatever the library's size: D1's own count of rows. */
import { env } from "cloudflare:workers";
import { afterEach, expect, test } from "vitest";
import { meterDatabase } from "../../../test/support/meter-database.ts";
import { muted } from "../../../test/support/publish-film.ts";
import { libraryStatements, seed, workStatements } from "../../../test/support/seed-library.ts";
import { faultyDatabase } from "../../faults/faulty-database.ts";
import { expireUploads } from "../../ingest/expire-uploads.ts";
import { reconcileUploads } from "../../ingest/reconcile-uploads.ts";
import { deletionGate } from "../../safety/deletion-gate.ts";
import { pipelineSteps } from "./reconcile.ts";
import { type CronStep, runSteps } from "./run-steps.ts";

const meter = meterDatabase(env.DB);
const now = 1_800_000_000_000;
const producer = "prd_0000000000000big";
const steps: CronStep[] = [
  ["expire uploads", (env, at, _room, gate) => expireUploads(env, at, gate)],
  ["finish whole uploads", reconcileUploads],
  ...pipelineSteps,
];

/** Multipart uploads of the seeded rows: R2 has given them up long ago. */
const sources = new Proxy(env.SOURCES, {
  get: (bucket, name) => {
    if (name === "resumeMultipartUpload") {
      return () => ({
        abort: async () => undefined,
        complete: () => Promise.reject(new Error("no upload (10024)")),
      });
    }
    const value: unknown = Reflect.get(bucket, name, bucket);
    return typeof value === "function" ? value.bind(bucket) : value;
  },
});

const bindings: Env = { ...muted(env), SOURCES: sources };

const run = (sql: string) => env.DB.prepare(sql).run();

async function empty(): Promise<void> {
  for (const table of [
    "titles",
    "assets",
    "uploads",
    "renditions",
    "tasks",
    "policy_versions",
    "service_state",
  ]) {
    await run(`delete from ${table}`);
  }
}

afterEach(empty);

async function costsAt(titles: number): Promise<Map<string, { rows: number; worst: string }>> {
  await empty();
  await seed(run, libraryStatements({ from: 0, count: titles, big: producer, now: now - 86_400_000 }));
  await seed(run, workStatements({ films: 20, producer, now }));
  const costs = new Map<string, { rows: number; worst: string }>();
  for (const [name, step] of steps) {
    meter.reset();
    await step(bindings, now, () => true, deletionGate(bindings, now));
    costs.set(name, { rows: meter.rowsRead, worst: `${meter.worst.rows} rows: ${meter.worst.sql}` });
  }
  return costs;
}

test("no step reads more rows in a library of 50,000 titles than in one of 1,000", async () => {
  const small = await costsAt(1000);
  const large = await costsAt(50_000);
  const table = [...large]
    .map(([name, { rows }]) => `${name}: ${small.get(name)?.rows} → ${rows}`)
    .join("\n");
  console.info(table);
  for (const [name, { rows, worst }] of large) {
    expect(rows, `${name}, worst ${worst}`).toBeLessThanOrEqual(1.2 * (small.get(name)?.rows ?? 0) + 10);
    expect(rows, `${name}, worst ${worst}`).toBeLessThan(6000);
  }
});

test("a run asks less of D1 than an invocation may, and each step gets its share", async () => {
  await seed(run, workStatements({ films: 100, producer, now }));
  const greedy: CronStep = [
    "greedy",
    async (given) => {
      for (;;) await given.DB.prepare("select 1").run();
    },
  ];
  let reached = 0;
  const modest: CronStep = [
    "modest",
    async (given) => {
      for (let n = 0; n < 40; n++) await given.DB.prepare("select 1").run();
      reached += 1;
    },
  ];
  meter.reset();
  await runSteps(bindings, now, [greedy, ...steps, greedy, modest]);
  expect(reached).toBe(1);
  expect(meter.statements).toBeLessThan(1000);
});

test("two runs at once are one; a run that died keeps others out for half a minute only; a clock that jumped for none", async () => {
  const done: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const slow: CronStep[] = [["slow", async () => await promise]];
  const quick: CronStep[] = [["quick", async () => done.push("quick")]];
  const first = runSteps(env, now, slow);
  while ((await env.DB.prepare("select 1 from service_state").first()) === null) await scheduler.wait(1);
  expect(await runSteps(env, now + 29_000, quick)).toBe(false);
  expect(done).toEqual([]);
  resolve();
  expect(await first).toBe(true);
  expect(await runSteps(env, now + 120_000, quick)).toBe(true);

  const dead = (until: number) =>
    env.DB.prepare("update service_state set value = ? where name = 'lease:cron'")
      .bind(JSON.stringify({ holder: "dead", until }))
      .run();
  await dead(now + 300_000);
  expect(await runSteps(env, now + 299_000, quick)).toBe(false);
  expect(await runSteps(env, now + 300_000, quick)).toBe(true);
  // Not even when D1 fails in the middle, and the lease can't be given back.
  let isReachable = true;
  const cut: CronStep[] = [
    [
      "cut",
      async () => {
        isReachable = false;
      },
    ],
  ];
  const database = faultyDatabase(
    env.DB,
    async () => null,
    async () => (isReachable ? "well" : "unreachable"),
  );
  await expect(runSteps({ ...env, DB: database }, now + 330_000, cut)).rejects.toThrow("Failed query");
  expect(await runSteps(env, now + 359_000, quick)).toBe(false);
  expect(await runSteps(env, now + 390_000, quick)).toBe(true);
  await dead(now + 86_400_000);
  expect(await runSteps(env, now + 400_000, quick)).toBe(true);
});
