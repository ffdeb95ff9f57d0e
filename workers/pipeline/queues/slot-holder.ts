import { type Database, openDatabase } from "../../catalog/database.ts";
import type { Grant } from "../scheduler/fleet-schedule.ts";
import { callAgainMs } from "../scheduler/fleet-schedule.ts";
import { laneOf, lanes, slotRoom } from "../scheduler/lanes.ts";
import { nextGrants, tellEnded, tellLeft } from "../scheduler/scheduler-client.ts";
import { claimNextTask } from "../tasks/claim-next.ts";
import { claimTask, type TaskRow, unqueueUnwanted } from "../tasks/task-lease.ts";

/** A claimed task, and the slot that has room for it; `""`: nobody knows one. */
export interface Work {
  task: TaskRow;
  slot: string;
}

/** Without the scheduler, the queue in D1 is searched again after this long, milliseconds. */
const lookAgainMs = 2000;

/** Grants that may turn out to be stale, one after the other, before a holder takes it that there is nothing. */
const staleGrants = 100;

/**
 * A consumer as the scheduler knows it: takes tasks for one slot's room. What it is handed it claims in D1, and only then
 * works on it. Where the scheduler can't be reached it finds tasks in D1 by itself.
 */
export class SlotHolder {
  #env: Env;
  #db: Database;
  #clock: () => number;
  #id = crypto.randomUUID();
  #held = new Map<string, Grant>();

  constructor(env: Env, clock: () => number) {
    this.#env = env;
    this.#db = openDatabase(env);
    this.#clock = clock;
  }

  /**
   * Takes tasks for the room that is left. While there are none it waits, if it `mayWait`, for as long as the scheduler lets
   * it; where it no longer `takes` any it only lets the scheduler know that it is alive.
   */
  async take({ takes, mayWait }: { takes: boolean; mayWait: boolean }): Promise<Work[]> {
    for (let stale = 0; stale < staleGrants; stale++) {
      let grants: Grant[];
      try {
        const waitMs = mayWait ? callAgainMs : 0;
        grants = await nextGrants(this.#env, {
          ...{ holder: this.#id, held: [...this.#held.values()], takes, waitMs },
        });
      } catch (error) {
        console.warn("the scheduler is away: tasks are taken from D1", error);
        const found = takes ? await this.#takeAlone() : [];
        if (found.length === 0 && mayWait) await scheduler.wait(lookAgainMs);
        return found;
      }
      if (grants.length === 0) return [];
      const works = await Promise.all(grants.map((grant) => this.#claim(grant)));
      const claimed = works.filter((work) => work !== null);
      if (claimed.length > 0) return claimed;
    }
    return [];
  }

  /** Gives the room of a task back. */
  async end(taskId: string): Promise<void> {
    this.#held.delete(taskId);
    await tellEnded(this.#env, this.#id, { taskId });
  }

  /** Takes nothing more. @returns true when something is due all the same */
  async leave(): Promise<boolean> {
    return await tellLeft(this.#env, this.#id);
  }

  async #claim(grant: Grant): Promise<Work | null> {
    const { id } = grant.task;
    this.#held.set(id, grant);
    let unwanted = false;
    try {
      const task = await claimTask(this.#db, id, crypto.randomUUID(), this.#clock());
      if (task !== null) return { task, slot: grant.slot };
      unwanted = await unqueueUnwanted(this.#db, id);
    } catch (error) {
      console.warn("a task could not be claimed", id, error);
    }
    this.#held.delete(id);
    await tellEnded(this.#env, this.#id, { taskId: id, unwanted });
    return null;
  }

  async #takeAlone(): Promise<Work[]> {
    const works: Work[] = [];
    for (const lane of lanes) {
      const held = [...this.#held.values()].filter(({ task }) => task.lane === lane);
      for (let room = slotRoom[lane] - held.length; room > 0; room--) {
        const task = await claimNextTask(this.#db, crypto.randomUUID(), this.#clock(), lane);
        if (task === null) break;
        const { id, assetId, producerId, kind, priority, queuedAt, ordinal, notBefore } = task;
        const place = { priority, queuedAt: queuedAt ?? 0, ordinal, notBefore };
        this.#held.set(id, { task: { id, assetId, producerId, lane: laneOf(kind), ...place }, slot: "" });
        works.push({ task, slot: "" });
      }
    }
    return works;
  }
}
