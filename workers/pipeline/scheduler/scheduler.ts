import { DurableObject } from "cloudflare:workers";
import { withPatience } from "../../catalog/with-patience.ts";
import type { AttemptEnd, Grant } from "./fleet-schedule.ts";
import { FleetScheduler, type NextCall } from "./fleet-scheduler.ts";
import type { ReadyTask } from "./ready-tasks.ts";
import type { SlotState } from "./slot-table.ts";

/** The one Durable Object (named `fleet`) in which the {@link FleetScheduler} lives. It keeps nothing in its storage. */
export class Scheduler extends DurableObject<Env> {
  #fleet = new FleetScheduler(withPatience(this.env), Date.now);

  /** See {@link FleetScheduler.next}. */
  next(call: NextCall): Promise<Grant[]> {
    return this.#fleet.next(call);
  }

  /** See {@link FleetScheduler.ended}. */
  ended(holder: string, end: AttemptEnd): void {
    this.#fleet.ended(holder, end);
  }

  /** See {@link FleetScheduler.left}. */
  left(holder: string): boolean {
    return this.#fleet.left(holder);
  }

  /** See {@link FleetScheduler.queued}. */
  queued(tasks: ReadyTask[]): number {
    return this.#fleet.queued(tasks);
  }

  /** See {@link FleetScheduler.reported}. */
  reported(slot: string, state: SlotState): void {
    this.#fleet.reported(slot, state);
  }

  /** Ends the object at once, as the platform may at any time: for tests of its loss. Refuses in the cloud. */
  abort(): void {
    if (this.env.FAULTS === "")
      throw new Error("The scheduler is only ended where FAULTS names a controller.");
    this.ctx.abort("ended by a test");
  }
}
