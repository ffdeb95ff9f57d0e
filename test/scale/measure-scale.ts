/**
 * What questions cost in libraries of several sizes, by D1's own count: the part of `npm run bench -- scale` that runs in
 * workerd. Each figure comes out as one line of JSON after a mark.
 */
import { env, exports } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { test } from "vitest";
import { newestChange } from "../../workers/catalog/changes.ts";
import { openDatabase } from "../../workers/catalog/database.ts";
import { titles } from "../../workers/catalog/schema.ts";
import { writeState } from "../../workers/catalog/service-state.ts";
import { expireUploads } from "../../workers/ingest/expire-uploads.ts";
import { reconcileUploads } from "../../workers/ingest/reconcile-uploads.ts";
import { pipelineSteps } from "../../workers/pipeline/reconcile/reconcile.ts";
import { claimNextTask } from "../../workers/pipeline/tasks/claim-next.ts";
import { writeShelfCursor } from "../../workers/playback/shelf/list-films.ts";
import { blockPositions } from "../../workers/playback/shelf/shelf-objects.ts";
import { publishChanges } from "../../workers/publisher/publish-changes.ts";
import { deletionGate } from "../../workers/safety/deletion-gate.ts";
import { adoptEpoch } from "../../workers/safety/epoch-stamp.ts";
import { writeCursor } from "../../workers/shared/page-cursor.ts";
import { meterDatabase } from "../support/meter-database.ts";
import { muted } from "../support/publish-film.ts";
import { forgetShelf, showOnShelf } from "../support/publish-shelf.ts";
import { seedArchive } from "../support/seed-archive.ts";
import { libraryStatements, seed, workStatements } from "../support/seed-library.ts";
import { seedProducer } from "../support/seed-producer.ts";

/** Stands before each line of figures on the way out of workerd. */
const mark = "scale-figure ";

const meter = meterDatabase(env.DB);
const minuteMs = 60_000;
const seededAtOnce = 10_000;
const times = 3;
const newest = Date.now() - 86_400_000;
/** The address of the film that viewers ask for. */
const film = "film-42";
const db = openDatabase(env);
const run = (sql: string) => env.DB.prepare(sql).run();

/** Something that is asked of the service. */
interface Subject {
  kind: "page" | "search" | "list" | "cron" | "claim";
  name: string;
  /** @returns bytes of the answer */
  ask: () => Promise<number>;
}

async function measure(titles: number, { kind, name, ask }: Subject): Promise<void> {
  const isForViewers = kind === "page" || kind === "search";
  if (isForViewers) await forgetShelf();
  // What an isolate or a row keeps is there the second time; a step of the cron has its work once.
  if (kind !== "cron") {
    const first = await count(1, ask);
    if (isForViewers) tell({ titles, kind: kind === "page" ? "cold" : "search", name, ...first });
  }
  const warm = await count(kind === "cron" ? 1 : times, ask);
  tell({ titles, kind: isForViewers ? "page" : kind, name, ...warm });
}

/** What one of `rounds` costs, to a tenth. */
async function count(rounds: number, ask: Subject["ask"]) {
  meter.reset();
  let bytes = 0;
  for (let n = 0; n < rounds; n++) bytes = await ask();
  const each = (sum: number): number => Math.round((10 * sum) / rounds) / 10;
  const { statements, rowsRead, rowsWritten, sqlMs } = meter;
  return {
    ...{ statements: each(statements), rowsRead: each(rowsRead), rowsWritten: each(rowsWritten) },
    ...{ sqlMs: each(sqlMs), bytes },
  };
}

function tell(figure: object): void {
  console.info(mark + JSON.stringify(figure));
}

async function fetchBytes(path: string, init: RequestInit = {}): Promise<number> {
  const request = new Request(`https://marquee.test${path}`, { ...init, cf: { country: "DE" } });
  const response = await exports.default.fetch(request);
  if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
  return (await response.arrayBuffer()).byteLength;
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
      // The whole is one row of minutes, however many parts it is seeded in.
      const now = newest - (titles - there - count) * minuteMs;
      const library = { from: there, count, big: big.producerId, now, isShelved: true };
      await seed(run, libraryStatements(library));
    }
    const bytes = Math.round(((await sizeNow()) - before) / (titles - empty));
    tell({ titles, kind: "size", name: "bytes a title", bytes });
    await removeWork();
    await adoptEpoch(env, Date.now());
    await publishLibrary(titles);
    await seed(run, workStatements({ films: 50, producer: big.producerId, now: Date.now() - minuteMs }));
    for (const subject of subjects(titles, big.key, nobody.key)) await measure(titles, subject);
  }
});

/**
 * Brings the library to viewers: the lists and the search whole, of the documents that of the one film that is asked for. All
 * others would be written in the same way, two for each title.
 */
async function publishLibrary(count: number): Promise<void> {
  const now = Date.now();
  const lastBlock = String(Math.ceil(count / blockPositions) - 1);
  for (const refill of ["shelf", "search"]) await writeState(db, `refill:${refill}`, lastBlock, now);
  await showOnShelf(env, now);
  await writeState(db, "consumer:edge", String(await newestChange(db)), now);
  const shown = await db.select({ id: titles.assetId }).from(titles).where(eq(titles.slug, film)).get();
  await seedArchive(env, shown?.id ?? "");
  await run(`update titles set updated_at = updated_at where slug = '${film}'`);
  await publishChanges(env, now);
}

/** Removes what the steps of the cron had to do in the smaller library, and what they left of it. */
async function removeWork(): Promise<void> {
  await run("delete from assets where id glob 'ast_[wsfd]0000*' or work = 'open'");
  await run("delete from uploads where id glob 'upl_[xho]0000*'");
  await run("delete from titles where title like 'New film%'");
  for (const table of ["tasks", "service_state", "alarms"]) await run(`delete from ${table}`);
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
  const search = (name: string, path: string): Subject => ({
    kind: "search",
    name,
    ask: () => fetchBytes(path),
  });
  const list = (name: string, path: string, bearer = key): Subject => ({
    kind: "list",
    name,
    ask: () => fetchBytes(path, { headers: { Authorization: `Bearer ${bearer}` } }),
  });
  const cursor = (shown: number): string =>
    writeCursor({ createdAt: newest - shown * minuteMs, id: "ttl_zzzzzzzzzzzzzzzzzzzz" });
  // The last that fills a page in the smallest library, too.
  const deep = Math.max(0, titles - 300);
  const since = new Date().toISOString();
  const json = { method: "POST", headers: { "Content-Type": "application/json" } };
  return [
    page("home", "/"),
    page("home, middle page", `/?after=${writeShelfCursor(titles / 2)}`),
    page("home, last page", `/?after=${writeShelfCursor(40)}`),
    page("home, for one letter", "/?q=n"),
    page("watch", `/watch/${film}`),
    page("playback", "/v1/playback", { ...json, body: JSON.stringify({ title: film }) }),
    search("search, a common word", "/?q=night"),
    search("search, its last page", "/?q=night&page=10"),
    search("search, two letters", "/?q=ni"),
    search("search, two words", "/?q=night+river"),
    search("search, nothing found", "/?q=zebra"),
    list("assets, first page", "/v1/assets?limit=50"),
    list("assets, middle page", `/v1/assets?limit=50&cursor=${cursor(titles / 2)}`),
    list("assets, last page", `/v1/assets?limit=50&cursor=${cursor(deep)}`),
    list("assets, changes", `/v1/assets?since=${since}`),
    list("titles, first page", "/v1/titles?limit=50"),
    list("titles, last page", `/v1/titles?limit=50&cursor=${cursor(deep)}`),
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
