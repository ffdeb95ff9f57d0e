import { type Lane, lanes } from "./lanes.ts";
import { type QueuePlace, readQueued } from "./read-queued.ts";
import type { ReadyTask } from "./ready-tasks.ts";

/** Tasks that one step reads: at one step in some seconds far less than what D1 bears. */
const pageTasks = 1000;

/**
 * Walks round and round through the queue in D1, a page at a time, so that a task whose queueing was never told is found all
 * the same, and a scheduler that has just begun finds all of them.
 */
export class QueueWalk {
  #env: Pick<Env, "DB">;
  #at: { lane: Lane; from: QueuePlace | null } = { lane: lanes[0], from: null };

  /** @param env the database that it reads */
  constructor(env: Pick<Env, "DB">) {
    this.#env = env;
  }

  /** Reads the next page. `isRound`: the walk has come to its end, and begins anew with the next step. */
  async step(): Promise<{ found: ReadyTask[]; isRound: boolean }> {
    const { lane, from } = this.#at;
    const found = await readQueued(this.#env, lane, from, pageTasks);
    const last = found.at(-1);
    if (found.length === pageTasks && last !== undefined) {
      this.#at = { lane, from: last };
      return { found, isRound: false };
    }
    const next = lanes[lanes.indexOf(lane) + 1];
    this.#at = { lane: next ?? lanes[0], from: null };
    return { found, isRound: next === undefined };
  }
}
