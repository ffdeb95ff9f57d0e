/**
 * A fleet of 250 on the real tables: the scheduler and its consumers' own code, with transcoders that only take time, on a
 * clock that the test holds.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { eq, inArray, sql } from "drizzle-orm";
import { beforeEach, expect, test, vi } from "vitest";
import { countStatements } from "../../../test/support/count-statements.ts";
import { muted } from "../../../test/support/publish-film.ts";
import { queueFilms } from "../../../test/support/queue-films.ts";
import { withScheduler } from "../../../test/support/scheduler.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, tasks } from "../../catalog/schema.ts";
import { SlotHolder, type Work } from "../queues/slot-holder.ts";
import { dispatchTasks } from "../tasks/dispatch.ts";
import { finishTask, heartbeat, heartbeatMs } from "../tasks/task-lease.ts";
import { holdsLease } from "../transcoder/holds-lease.ts";
import { FleetScheduler } from "./fleet-scheduler.ts";

const fleetSize = 250;
/** Times of the tests' tasks: an encode of a chunk, and a light task. */
const [heavyMs, lightMs] = [20_000, 60_000];
/** The clock's step. The first tasks are staggered, as in a fleet that has run for a while. */
const stepMs = 500;

beforeEach(async () => {
  await env.DB.batch([env.DB.prepare("delete from tasks"), env.DB.prepare("delete from assets")]);
});

/** A fleet whose scheduler can be killed, and that notes what it starts. */
class Fleet {
  now = 0;
  readonly counted: ReturnType<typeof countStatements<Env>>;
  readonly env: Env;
  readonly started: { id: string; assetId: string; priority: number; lane: string; at: number }[] = [];
  #scheduler: FleetScheduler;
  #deaf = false;
  #step: number;
  #holders: { holder: SlotHolder; running: Map<string, Attempt> }[];

  /** @param step the clock's step, milliseconds */
  constructor(size: number, step = stepMs) {
    this.#step = step;
    this.counted = countStatements(muted({ ...env, FLEET_SIZE: String(size) }));
    this.#scheduler = new FleetScheduler(this.counted.env, () => this.now);
    const find = () => {
      const one = this.#scheduler;
      return {
        next: async (call: Parameters<typeof one.next>[0]) => {
          const grants = await one.next(structuredClone(call));
          // Killed after it has handed out, before anybody heard of it.
          if (this.#deaf) throw new Error("the scheduler was killed");
          return grants;
        },
        ended: async (...args: Parameters<typeof one.ended>) => one.ended(...args),
        left: async (holder: string) => one.left(holder),
        queued: async (...args: Parameters<typeof one.queued>) => one.queued(...args),
      } as unknown as ReturnType<Env["SCHEDULER"]["get"]>;
    };
    this.env = withScheduler(this.counted.env, find);
    this.#holders = Array.from({ length: size }, () => ({
      holder: new SlotHolder(this.env, () => this.now),
      running: new Map(),
    }));
  }

  /** The scheduler is gone with all that it knew; calls that are out get no answer. */
  async kill(): Promise<void> {
    this.#deaf = true;
    const warned = vi.spyOn(console, "warn").mockReturnValue();
    await this.#askAll(20);
    warned.mockRestore();
    this.#deaf = false;
    this.#scheduler = new FleetScheduler(this.counted.env, () => this.now);
  }

  /** All that happens until the clock has come this far; ends early when nothing runs any more. */
  async runUntil(until: number): Promise<void> {
    for (; this.now < until; this.now += this.#step) {
      await this.#askAll(this.#holders.length);
      if (this.#holders.every(({ running }) => running.size === 0)) return;
      await Promise.all(this.#holders.map(({ holder, running }) => this.#goOn(holder, running)));
    }
  }

  async #askAll(count: number): Promise<void> {
    // Consumers with nothing to do are gone, and come back now and then.
    const withRoom = this.#holders
      .filter(({ running }) => running.size < 3 && (running.size > 0 || this.now % 5000 === 0))
      .slice(0, count);
    await Promise.all(
      withRoom.map(async ({ holder, running }) => {
        for (const work of await holder.take({ takes: true, mayWait: false })) this.#begin(work, running);
      }),
    );
  }

  #begin(work: Work, running: Map<string, Attempt>): void {
    const { id, assetId, priority, kind } = work.task;
    const lane = kind === "video" ? "heavy" : "light";
    const whole = lane === "heavy" ? heavyMs : lightMs;
    const first = this.now === 0 ? (this.started.length % 200) / 200 : 1;
    this.started.push({ id, assetId, priority, lane, at: this.now });
    running.set(id, { work, endsAt: this.now + Math.max(this.#step, whole * first), beatAt: this.now });
  }

  /** What an attempt asks of D1 while it runs: a heartbeat and a look at its lease in turn, and its end. */
  async #goOn(holder: SlotHolder, running: Map<string, Attempt>): Promise<void> {
    const db = openDatabase(this.env);
    for (const [id, attempt] of [...running]) {
      const { task } = attempt.work;
      if (attempt.endsAt <= this.now) {
        expect(await finishTask(db, task, { reportKey: "r", cpuSeconds: 1 }, this.now)).toBe(true);
        await dispatchTasks(this.env, task.assetId, this.now);
        running.delete(id);
        await holder.end(id);
      } else if (attempt.beatAt + heartbeatMs(this.env) <= this.now) {
        attempt.beatAt = this.now;
        expect(await heartbeat(db, task, 0.5, this.now)).toBe(true);
        expect(await holdsLease(this.env, { taskId: id, lease: task.lease ?? "" }, this.now)).toBe(true);
      }
    }
  }
}

interface Attempt {
  work: Work;
  endsAt: number;
  beatAt: number;
}

test("250 consumers, 50,000 queued tasks: fair, each task once, few statements, and a killed scheduler loses nothing", async () => {
  const db = openDatabase(env);
  await queueFilms(env, { films: 300, heavy: 70, light: 30 });
  const [long] = await queueFilms(env, { films: 1, heavy: 19_800, light: 0, from: 1000 });
  const [rest] = await queueFilms(env, { films: 1, heavy: 200, light: 0, from: 1001 });
  await db
    .update(tasks)
    .set({ priority: 30 })
    .where(eq(tasks.assetId, rest ?? ""));
  expect(await db.$count(tasks, eq(tasks.status, "queued"))).toBe(50_000);
  const fleet = new Fleet(fleetSize);
  const startedAt = Date.now();
  await fleet.runUntil(stepMs);
  const first = fleet.started.length;
  expect(first).toBe(fleetSize * 3);
  expect(first / ((Date.now() - startedAt) / 1000)).toBeGreaterThanOrEqual(20);

  const [before, claimsBefore] = [fleet.counted.statements(), first];
  await fleet.runUntil(10_000);
  // A clip is uploaded.
  const [clip] = await queueFilms(env, { films: 1, heavy: 3, light: 1, from: 2000 });
  await db
    .update(tasks)
    .set({ status: "pending" })
    .where(eq(tasks.assetId, clip ?? ""));
  await dispatchTasks(fleet.env, clip ?? "", fleet.now);
  await fleet.runUntil(20_000);
  const seconds = (fleet.now - stepMs) / 1000;
  const claims = fleet.started.length - claimsBefore;
  const statements = fleet.counted.statements() - before;
  expect(claims / seconds).toBeGreaterThanOrEqual(20);
  expect(statements / seconds).toBeLessThanOrEqual(300);
  await fleet.kill();
  await fleet.runUntil(24_000);

  // The clip began within one task's time, in spite of 50,000 tasks before it.
  const clipStarts = fleet.started.filter(({ assetId }) => assetId === clip);
  expect(clipStarts[0]?.at).toBeLessThanOrEqual(10_000 + heavyMs);
  // The long film had its share, no more than others.
  const heavy = fleet.started.filter(({ lane }) => lane === "heavy");
  const longShare = heavy.filter(({ assetId }) => assetId === long).length / heavy.length;
  expect(longShare).toBeGreaterThan(0);
  expect(longShare).toBeLessThan(0.05);
  // Nothing of a later priority while earlier ones wait.
  expect(fleet.started.filter(({ priority }) => priority === 30)).toEqual([]);

  expect(new Set(fleet.started.map(({ id }) => id)).size).toBe(fleet.started.length);
  const rows = await db
    .select({ status: tasks.status, attempts: tasks.attempts, count: sql<number>`count(*)` })
    .from(tasks)
    .groupBy(tasks.status, tasks.attempts);
  const sum = (names: string[]) =>
    rows.filter(({ status }) => names.includes(status)).reduce((all, { count }) => all + count, 0);
  expect(sum(["queued", "running", "done"])).toBe(50_004);
  expect(sum(["running", "done"])).toBe(fleet.started.length);
  expect(rows.every(({ attempts }) => attempts <= 1)).toBe(true);
});

test("with the scheduler killed again and again every task of every film ends, once", async () => {
  await queueFilms(env, { films: 30, heavy: 7, light: 3 });
  const fleet = new Fleet(20, 1000);
  for (let end = 5000; end <= 200_000; end += 15_000) {
    await fleet.runUntil(end);
    await fleet.kill();
  }
  await fleet.runUntil(1_000_000);
  const db = openDatabase(env);
  expect(await db.$count(tasks, eq(tasks.status, "done"))).toBe(300);
  expect(await db.$count(tasks, inArray(tasks.attempts, [1]))).toBe(300);
  expect(fleet.started).toHaveLength(300);
  expect(await db.$count(assets)).toBe(30);
});

test("two schedulers at once hand out the same tasks, and each is done once", async () => {
  await queueFilms(env, { films: 10, heavy: 4, light: 2 });
  const fleets = [new Fleet(8), new Fleet(8)];
  await Promise.all(fleets.map((fleet) => fleet.runUntil(200_000)));
  expect(fleets.every(({ started }) => started.length > 0)).toBe(true);
  const started = fleets.flatMap((fleet) => fleet.started.map(({ id }) => id));
  expect(started).toHaveLength(60);
  expect(new Set(started).size).toBe(60);
  expect(await openDatabase(env).$count(tasks, eq(tasks.status, "done"))).toBe(60);
});

test("the Durable Object hands a waiting consumer what is queued, and forgets nothing that matters when it is killed", async () => {
  const [film] = await queueFilms(env, { films: 1, heavy: 2, light: 0 });
  const db = openDatabase(env);
  await db.update(tasks).set({ status: "pending" });
  const stub = () => env.SCHEDULER.get(env.SCHEDULER.idFromName("waiting"));
  const call = (holder: string, waitMs: number) => stub().next({ holder, held: [], takes: true, waitMs });
  expect(await call("a", 0)).toEqual([]);
  const waiting = call("a", 10_000);
  const bindings = withScheduler(muted(env), stub);
  await dispatchTasks(bindings, film ?? "", 0);
  expect(await waiting).toMatchObject([{ task: { assetId: film, lane: "heavy" }, slot: "slot-0" }]);
  // Killed with one task handed out that nobody has claimed: it knows nothing any more, and finds both in D1.
  await runInDurableObject(stub(), (_, state) => state.abort()).catch(() => undefined);
  const again = await Promise.all(["b", "c"].map((holder) => call(holder, 0)));
  expect(again.flat().map(({ task }) => task.ordinal)).toEqual([0, 1]);
});
