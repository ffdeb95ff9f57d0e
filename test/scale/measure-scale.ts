/**
 * What questions cost in libraries of several sizes, by D1's own count: the part of `npm run bench -- scale` that runs in
 * workerd. Each figure comes out as one line of JSON after a mark.
 */
import { env, exports } from "cloudflare:workers";
import { test } from "vitest";
import { openDatabase } from "../../workers/catalog/database.ts";
import { expireUploads } from "../../workers/ingest/expire-uploads.ts";
import { reconcileUploads } from "../../workers/ingest/reconcile-uploads.ts";
import { pipelineSteps } from "../../workers/pipeline/reconcile/reconcile.ts";
import { claimNextTask } from "../../workers/pipeline/tasks/claim-next.ts";
import { deletionGate } from "../../workers/safety/deletion-gate.ts";
import { writeCursor } from "../../workers/shared/page-cursor.ts";
import { meterDatabase } from "../support/meter-database.ts";
import { muted } from "../support/publish-film.ts";
import { libraryStatements, seed, workStatements } from "../support/seed-library.ts";
import { seedProducer } from "../support/seed-producer.ts";

/** Stands before each line of figures on the way out of workerd. */
const mark = "scale-figure ";

const meter = meterDatabase(env.DB);
const minuteMs = 60_000;
const seededAtOnce = 10_000;
const times = 3;
const newest = Date.now() - 86_400_000;
const db = openDatabase(env);
const run = (sql: string) => env.DB.prepare(sql).run();

/** Something that is asked of the service. */
interface Subject {
  kind: "page" | "list" | "cron" | "claim";
  name: string;
  /** @returns bytes of the answer */
  ask: () => Promise<number>;
}

async function measure(titles: number, { kind, name, ask }: Subject): Promise<void> {
  // What an isolate or a row keeps is there the second time; a step of the cron has its work once.
  const rounds = kind === "cron" ? 1 : times;
  if (kind !== "cron") await ask();
  meter.reset();
  let bytes = 0;
  for (let n = 0; n < rounds; n++) bytes = await ask();
  const each = (sum: number): number => Math.round((10 * sum) / rounds) / 10;
  const { statements, rowsRead, rowsWritten, sqlMs } = meter;
  const figures = {
    ...{ statements: each(statements), rowsRead: each(rowsRead), rowsWritten: each(rowsWritten) },
    sqlMs: each(sqlMs),
  };
  console.info(mark + JSON.stringify({ titles, kind, name, ...figures, bytes }));
}

async function fetchBytes(path: string, init: RequestInit = {}): Promise<number> {
  const request = new Request(`https://marquee.test${path}`, { ...init, cf: { country: "DE" } });
  return (await (await exports.default.fetch(request)).arrayBuffer()).byteLength;
}

test("figures", { timeout: 3_600_000 }, async () => {
  const big = await seedProducer(env);
  const nobody = await seedProducer(env);
  let there = 0;
  for (const titles of env.BENCH_TITLES.split(",").map(Number)) {
    const empty = there;
    const before = await sizeNow();
    for (; there < titles; there = Math.min(titles, there + seededAtOnce)) {
      const count = Math.min(seededAtOnce, titles - there);
      await seed(run, libraryStatements({ from: there, count, big: big.producerId, now: newest }));
    }
    const bytes = Math.round(((await sizeNow()) - before) / (titles - empty));
    console.info(mark + JSON.stringify({ titles, kind: "size", name: "bytes a title", bytes }));
    await removeWork();
    await seed(run, workStatements({ films: 50, producer: big.producerId, now: Date.now() - minuteMs }));
    for (const subject of subjects(titles, big.key, nobody.key)) await measure(titles, subject);
  }
});

/** Removes what the steps of the cron had to do in the smaller library, and what they left of it. */
async function removeWork(): Promise<void> {
  await run("delete from assets where id glob 'ast_[wsfd]0000*' or work = 'open'");
  await run("delete from uploads where id glob 'upl_[xho]0000*'");
  await run("delete from titles where title like 'New film%'");
  for (const table of ["tasks", "service_state"]) await run(`delete from ${table}`);
}

async function sizeNow(): Promise<number> {
  await env.DB.prepare("select 1").all();
  return meter.bytes;
}

function subjects(titles: number, key: string, nobody: string): Subject[] {
  const page = (name: string, path: string, init: RequestInit = {}): Subject => ({
    kind: "page",
    name,
    ask: () => fetchBytes(path, init),
  });
  const list = (name: string, path: string, bearer = key): Subject => ({
    kind: "list",
    name,
    ask: () => fetchBytes(path, { headers: { Authorization: `Bearer ${bearer}` } }),
  });
  const cursor = (shown: number): string =>
    writeCursor({ createdAt: newest - shown * minuteMs, id: "ttl_zzzzzzzzzzzzzzzzzzzz" });
  const since = new Date().toISOString();
  const json = { method: "POST", headers: { "Content-Type": "application/json" } };
  return [
    page("home", "/"),
    page("home, middle page", `/?after=${cursor(titles / 2)}`),
    page("home, last page", `/?after=${cursor(titles - 40)}`),
    page("search, a common word", "/?q=night"),
    page("search, one letter", "/?q=n"),
    page("watch", "/watch/film-42"),
    page("playback", "/v1/playback", { ...json, body: JSON.stringify({ title: "film-42" }) }),
    list("assets, first page", "/v1/assets?limit=50"),
    list("assets, middle page", `/v1/assets?limit=50&cursor=${cursor(titles / 2)}`),
    list("assets, last page", `/v1/assets?limit=50&cursor=${cursor(titles - 10)}`),
    list("assets, changes", `/v1/assets?since=${since}`),
    list("titles, first page", "/v1/titles?limit=50"),
    list("titles, last page", `/v1/titles?limit=50&cursor=${cursor(titles - 10)}`),
    list("titles of a producer without any", "/v1/titles?limit=50", nobody),
    list("uploads, first page", "/v1/uploads?limit=50"),
    {
      kind: "claim",
      name: "claim of a task",
      ask: async () => {
        await claimNextTask(db, crypto.randomUUID(), Date.now(), "heavy");
        return 0;
      },
    },
    ...[
      ["expire uploads", (bindings: Env, now: number) => expireUploads(bindings, now)] as const,
      ["finish whole uploads", reconcileUploads] as const,
      ...pipelineSteps,
    ].map(
      ([name, step]): Subject => ({
        kind: "cron",
        name,
        ask: async () => {
          const bindings = muted(env);
          await step(bindings, Date.now(), () => true, deletionGate(bindings, Date.now()));
          return 0;
        },
      }),
    ),
  ];
}
