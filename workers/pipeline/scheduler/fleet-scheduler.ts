import { type AttemptEnd, callAgainMs, FleetSchedule, type Grant, mostHeld } from "./fleet-schedule.ts";
import { QueueWalk } from "./queue-walk.ts";
import type { ReadyTask } from "./ready-tasks.ts";
import type { SlotState } from "./slot-table.ts";

/** The queue in D1 is read a page further after this long, for tasks whose queueing was never told, milliseconds. */
const walkMs = 5000;

/** Those who wait are looked after this often: holders that are gone, tasks that have become due, milliseconds. */
const tickMs = 500;

/** Pages of the queue that are looked through at most before a holder goes away with nothing. */
const searchedPages = 10;

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

/**
 * The scheduler of the fleet: holds what is queued in memory, and hands out task and slot together to consumers that wait for
 * them. It writes nothing anywhere. A consumer claims what it was handed by a conditional write in D1, so that this may be
 * killed, doubled, late or wrong without a task being lost or done twice.
 */
export class FleetScheduler {
  #env: Pick<Env, "DB">;
  #clock: () => number;
  #schedule: FleetSchedule;
  #walk: QueueWalk;
  #loaded: Promise<void> | null = null;
  #walkedAt = 0;
  #waiters = new Map<string, Waiter>();
  #ticks = false;

  /** @param clock Unix milliseconds */
  constructor(env: Pick<Env, "DB" | "FLEET_SIZE">, clock: () => number) {
    this.#env = env;
    this.#clock = clock;
    this.#schedule = new FleetSchedule(Number(env.FLEET_SIZE));
    this.#walk = new QueueWalk(env);
  }

  /** Waits for tasks that the holder has room for. @returns none when the wait was over before. Throws while D1 can't be read. */
  async next({ holder, held, takes, waitMs }: NextCall): Promise<Grant[]> {
    this.#loaded ??= this.#load();
    await this.#loaded;
    const now = this.#clock();
    this.#waiters.get(holder)?.answer([]);
    this.#schedule.hear(holder, held, takes, now);
    this.#schedule.expire(now);
    const grants = this.#schedule.grant(holder, now);
    if (grants.length > 0) return grants;
    if (waitMs <= 0) return takes && this.#schedule.isIdle(holder) ? await this.#search(holder) : [];
    const { promise, resolve } = Promise.withResolvers<Grant[]>();
    const answer = (found: Grant[]): void => {
      this.#waiters.delete(holder);
      resolve(found);
    };
    this.#waiters.set(holder, { until: now + Math.min(waitMs, callAgainMs), answer });
    if (!this.#ticks) void this.#tick();
    return await promise;
  }

  /** Hears that an attempt has ended, whichever way: its room is free. A holder that then has nothing to do may go. */
  ended(holder: string, end: AttemptEnd): void {
    this.#schedule.end(holder, end, this.#clock());
    this.#answerWaiters();
    if (this.#schedule.isIdle(holder)) this.#waiters.get(holder)?.answer([]);
  }

  /**
   * Hears that a holder is done. @returns true when something is due all the same: it was queued while the holder was about to
   * go, and nobody was invited for it because the holder still counted
   */
  left(holder: string): boolean {
    this.#waiters.get(holder)?.answer([]);
    this.#schedule.leave(holder, this.#clock());
    this.#answerWaiters();
    return this.#schedule.ready.hasDue(this.#clock());
  }

  /** Hears of tasks that were queued. @returns how many consumers could be invited for them */
  queued(tasks: ReadyTask[]): number {
    const now = this.#clock();
    this.#schedule.expire(now);
    this.#schedule.add(tasks, now);
    this.#answerWaiters();
    return this.#schedule.free;
  }

  /** Hears what is known of a slot. */
  reported(slot: string, state: SlotState): void {
    this.#schedule.slots.report(slot, state, this.#clock());
  }

  /** For a holder that would go: looks through D1 for tasks whose queueing was never told. */
  async #search(holder: string): Promise<Grant[]> {
    const walk = new QueueWalk(this.#env);
    for (let pages = 0; pages < searchedPages; pages++) {
      const { found, isRound } = await walk.step();
      this.#schedule.addFound(found, this.#clock());
      const grants = this.#schedule.grant(holder, this.#clock());
      if (grants.length > 0 || isRound) return grants;
    }
    return [];
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
    this.#walkedAt = this.#clock();
    const { found, isRound } = await this.#walk.step();
    this.#schedule.addFound(found, this.#clock());
    return isRound;
  }

  /** Looks after those who wait, until nobody does. */
  async #tick(): Promise<void> {
    this.#ticks = true;
    try {
      while (this.#waiters.size > 0) {
        await scheduler.wait(tickMs);
        const now = this.#clock();
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
    const now = this.#clock();
    for (const [holder, { answer }] of [...this.#waiters]) {
      const grants = this.#schedule.grant(holder, now);
      if (grants.length > 0) answer(grants);
    }
  }
}
