/**
 * The scheduler of the fleet: one Durable Object that holds what is queued in memory, and hands out task and slot together to
 * consumers that wait for them. It writes nothing anywhere. A consumer claims what it was handed by a conditional write in
 * D1, so that this object may be killed, doubled, late or wrong without a task being lost or done twice.
 */
import { DurableObject } from "cloudflare:workers";
import { type AttemptEnd, callAgainMs, FleetSchedule, type Grant, mostHeld } from "./fleet-schedule.ts";
import { QueueWalk } from "./queue-walk.ts";
import type { ReadyTask } from "./ready-tasks.ts";
import type { SlotState } from "./slot-table.ts";

/** The queue in D1 is read a page further after this long, for tasks whose queueing was never told, milliseconds. */
const walkMs = 5000;

/** Those who wait are looked after this often: holders that are gone, tasks that have become due, milliseconds. */
const tickMs = 500;

/** A holder's call for tasks. */
export interface NextCall {
  holder: string;
  /** What it works on. */
  held: Grant[];
  /** It takes more tasks. */
  takes: boolean;
  /** The longest time that it waits, milliseconds; 0: it takes what there is. */
  waitMs: number;
}

interface Waiter {
  until: number;
  answer: (grants: Grant[]) => void;
}

/** See the file's comment. */
export class Scheduler extends DurableObject<Env> {
  #schedule = new FleetSchedule(Number(this.env.FLEET_SIZE));
  #walk = new QueueWalk(this.env);
  #loaded: Promise<void> | null = null;
  #walkedAt = 0;
  #waiters = new Map<string, Waiter>();
  #ticks = false;

  /** Waits for tasks that the holder has room for. @returns none when the wait was over before. Throws while D1 can't be read. */
  async next({ holder, held, takes, waitMs }: NextCall): Promise<Grant[]> {
    this.#loaded ??= this.#load();
    await this.#loaded;
    const now = Date.now();
    this.#waiters.get(holder)?.answer([]);
    this.#schedule.hear(holder, held, takes, now);
    this.#schedule.expire(now);
    const grants = this.#schedule.grant(holder, now);
    if (grants.length > 0 || waitMs <= 0) return grants;
    const { promise, resolve } = Promise.withResolvers<Grant[]>();
    const answer = (found: Grant[]): void => {
      this.#waiters.delete(holder);
      resolve(found);
    };
    this.#waiters.set(holder, { until: now + Math.min(waitMs, callAgainMs), answer });
    if (!this.#ticks) this.ctx.waitUntil(this.#tick());
    return await promise;
  }

  /** Hears that an attempt has ended, whichever way: its room is free. A holder that then has nothing to do may go. */
  ended(holder: string, end: AttemptEnd): void {
    this.#schedule.end(holder, end, Date.now());
    this.#answerWaiters();
    if (this.#schedule.isIdle(holder)) this.#waiters.get(holder)?.answer([]);
  }

  /** Hears that a holder is done. */
  left(holder: string): void {
    this.#waiters.get(holder)?.answer([]);
    this.#schedule.leave(holder, Date.now());
    this.#answerWaiters();
  }

  /** Hears of tasks that were queued. @returns how many consumers could be invited for them */
  queued(tasks: ReadyTask[]): number {
    const now = Date.now();
    this.#schedule.expire(now);
    this.#schedule.add(tasks, now);
    this.#answerWaiters();
    return this.#schedule.free;
  }

  /** Hears what is known of a slot. */
  reported(slot: string, state: SlotState): void {
    this.#schedule.slots.report(slot, state, Date.now());
  }

  /** Reads the whole queue: a scheduler that has just begun must know all assets to be fair. */
  async #load(): Promise<void> {
    try {
      for (let isRound = false; !isRound && this.#schedule.ready.size < mostHeld; )
        isRound = await this.#walkOn();
    } catch (error) {
      this.#loaded = null;
      throw error;
    }
  }

  async #walkOn(): Promise<boolean> {
    this.#walkedAt = Date.now();
    const { found, isRound } = await this.#walk.step();
    this.#schedule.addFound(found, Date.now());
    return isRound;
  }

  /** Looks after those who wait, until nobody does. */
  async #tick(): Promise<void> {
    this.#ticks = true;
    try {
      while (this.#waiters.size > 0) {
        await scheduler.wait(tickMs);
        const now = Date.now();
        this.#schedule.expire(now);
        // A clock that was set back must not stop the walk.
        if (now - this.#walkedAt >= walkMs || now < this.#walkedAt) {
          await this.#walkOn().catch((error: unknown) => console.warn("could not read the queue", error));
        }
        this.#answerWaiters();
        for (const { until, answer } of [...this.#waiters.values()]) if (until <= now) answer([]);
      }
    } finally {
      this.#ticks = false;
    }
  }

  #answerWaiters(): void {
    const now = Date.now();
    for (const [holder, { answer }] of [...this.#waiters]) {
      const grants = this.#schedule.grant(holder, now);
      if (grants.length > 0) answer(grants);
    }
  }
}
