/**
 * The scheduler's decisions, without a clock or a database of its own: which holder gets which task in which slot. All of it
 * is a memory of what D1 says, and may be lost or wrong at any time: a grant is only a hint to claim, and the claim in D1
 * decides.
 */
import { lanes, slotRoom } from "./lanes.ts";
import { type ReadyTask, ReadyTasks } from "./ready-tasks.ts";
import { SlotTable } from "./slot-table.ts";

/** A task handed out, and the slot that has room for it. */
export interface Grant {
  task: ReadyTask;
  slot: string;
}

/** A holder that has not been heard of for this long is gone, milliseconds; it calls each {@link callAgainMs}. */
export const holderMs = 30_000;

/** The longest time that a call waits before its holder calls again, milliseconds. */
export const callAgainMs = 10_000;

/** Most tasks held in memory, about 20 MB; what is above that is found in D1 when there is room. */
export const mostHeld = 100_000;

interface Holder {
  heardAt: number;
  /** It takes more tasks; one whose message has been held for long only ends those that it has. */
  takes: boolean;
  grants: Map<string, Grant>;
}

/** The end of an attempt, as its holder tells it. */
export interface AttemptEnd {
  taskId: string;
  /** The claim failed because the film is not wanted any more: none of its tasks will be claimed. */
  unwanted?: boolean;
}

/** See the file's comment. */
export class FleetSchedule {
  readonly ready = new ReadyTasks();
  readonly slots: SlotTable;
  #size: number;
  #holders = new Map<string, Holder>();
  #granted = new Map<string, string>();

  /** @param size slots of the fleet */
  constructor(size: number) {
    this.#size = size;
    this.slots = new SlotTable(size);
  }

  /** Takes in tasks that were queued just now. */
  add(tasks: ReadyTask[], now: number): void {
    for (const task of tasks) if (this.ready.size < mostHeld) this.ready.add(task, now);
  }

  /** Takes in tasks that D1 had in its queue a moment ago; those handed out meanwhile are on their way to be claimed. */
  addFound(tasks: ReadyTask[], now: number): void {
    this.add(
      tasks.filter(({ id }) => !this.#granted.has(id) && !this.ready.has(id)),
      now,
    );
  }

  /** Consumers that could be invited: slots that nobody works for. */
  get free(): number {
    let taking = 0;
    for (const holder of this.#holders.values()) if (holder.takes) taking += 1;
    return Math.max(0, this.#size - taking);
  }

  /** Is true while the holder has nothing to do. */
  isIdle(holderId: string): boolean {
    return (this.#holders.get(holderId)?.grants.size ?? 0) === 0;
  }

  /**
   * Hears from a holder: `held` are the grants that it works on, whatever was known of it. A grant that it does not name
   * never reached it, and its task is ready again.
   */
  hear(holderId: string, held: Grant[], takes: boolean, now: number): void {
    const holder = this.#holders.get(holderId) ?? { heardAt: now, takes, grants: new Map<string, Grant>() };
    this.#holders.set(holderId, holder);
    holder.heardAt = now;
    holder.takes = takes;
    const named = new Set(held.map(({ task }) => task.id));
    for (const [id, { task }] of [...holder.grants]) {
      if (named.has(id)) continue;
      this.#release(holder, id, now);
      this.ready.add(task, now);
    }
    for (const grant of held) {
      if (holder.grants.has(grant.task.id)) continue;
      this.slots.occupy(grant.slot, grant.task.lane, now);
      this.#note(holderId, holder, grant);
    }
  }

  /** Fills a holder's room with tasks that should run next. */
  grant(holderId: string, now: number): Grant[] {
    const holder = this.#holders.get(holderId);
    if (holder === undefined || !holder.takes) return [];
    const grants: Grant[] = [];
    for (const lane of lanes) {
      let room: number = slotRoom[lane];
      for (const { task } of holder.grants.values()) if (task.lane === lane) room -= 1;
      for (; room > 0; room--) {
        const task = this.ready.take(lane, now);
        if (task === null) break;
        const slot = this.slots.take(lane, now);
        if (slot === null) {
          this.ready.add(task, now);
          break;
        }
        const grant = { task, slot };
        this.#note(holderId, holder, grant);
        grants.push(grant);
      }
    }
    return grants;
  }

  /** Gives back what an attempt had. */
  end(holderId: string, { taskId, unwanted }: AttemptEnd, now: number): void {
    const holder = this.#holders.get(holderId);
    const grant = holder?.grants.get(taskId);
    if (holder !== undefined) this.#release(holder, taskId, now);
    if (unwanted && grant !== undefined) this.ready.removeAsset(grant.task.assetId);
  }

  /** Lets a holder go; tasks that it still has are ready again, and D1 knows which of them run. */
  leave(holderId: string, now: number): void {
    const holder = this.#holders.get(holderId);
    if (holder === undefined) return;
    this.#holders.delete(holderId);
    for (const [id, { task }] of [...holder.grants]) {
      this.#release(holder, id, now);
      this.ready.add(task, now);
    }
  }

  /** Lets go of holders that have not been heard of. */
  expire(now: number): void {
    for (const [id, { heardAt }] of [...this.#holders]) if (heardAt + holderMs < now) this.leave(id, now);
  }

  #note(holderId: string, holder: Holder, grant: Grant): void {
    holder.grants.set(grant.task.id, grant);
    this.#granted.set(grant.task.id, holderId);
    this.ready.remove(grant.task.id);
    this.ready.countRunning(grant.task, 1);
  }

  #release(holder: Holder, taskId: string, now: number): void {
    const grant = holder.grants.get(taskId);
    if (grant === undefined) return;
    holder.grants.delete(taskId);
    this.#granted.delete(taskId);
    this.slots.free(grant.slot, grant.task.lane, now);
    this.ready.countRunning(grant.task, -1);
  }
}
