import { type Lane, slotRoom } from "./lanes.ts";

/** An idle container is stopped after this long, milliseconds. */
export const idleMs = 5 * 60_000;

/** A slot that turned a task away is not named again for this long, unless there is no other, milliseconds. */
const restMs = 60_000;

/** `warm`: its container runs; `cold`: it does not; `refused`: it had no room for a task, or did not answer. */
export type SlotState = "warm" | "cold" | "refused";

interface Slot {
  name: string;
  heavy: number;
  light: number;
  /** Its container runs until then, as far as is known; 0: it is not running. */
  warmUntil: number;
  restUntil: number;
}

/** The fleet's slots: which have room, and which have a running container and so begin at once. */
export class SlotTable {
  #slots: Slot[];

  /** @param size slots of the fleet, `slot-0` and on */
  constructor(size: number) {
    this.#slots = Array.from({ length: size }, (_, n) => ({
      ...{ name: `slot-${n}`, heavy: 0, light: 0, warmUntil: 0, restUntil: 0 },
    }));
  }

  /**
   * Finds room for a task: in a warm slot before a cold one, in the least busy one among those.
   * @returns the slot's name; null when the lane is full everywhere
   */
  take(lane: Lane, now: number): string | null {
    let best: Slot | null = null;
    let bestRank = 0;
    for (const slot of this.#slots) {
      if (slot[lane] >= slotRoom[lane]) continue;
      // Rested and warm come first; how busy it is counts after that.
      const rank =
        (slot.restUntil > now ? 100 : 0) + (slot.warmUntil > now ? 0 : 10) + slot.heavy + slot.light;
      if (best !== null && rank >= bestRank) continue;
      [best, bestRank] = [slot, rank];
    }
    if (best === null) return null;
    this.occupy(best.name, lane, now);
    return best.name;
  }

  /** Notes a task in a slot, even one without room: it is there. */
  occupy(name: string, lane: Lane, now: number): void {
    const slot = this.#find(name);
    if (slot === undefined) return;
    slot[lane] += 1;
    slot.warmUntil = now + idleMs;
  }

  /** Gives a task's room back. */
  free(name: string, lane: Lane, now: number): void {
    const slot = this.#find(name);
    if (slot === undefined) return;
    slot[lane] = Math.max(0, slot[lane] - 1);
    if (slot.warmUntil > 0) slot.warmUntil = now + idleMs;
  }

  /** Notes what is known of a slot. */
  report(name: string, state: SlotState, now: number): void {
    const slot = this.#find(name);
    if (slot === undefined) return;
    if (state === "refused") {
      slot.restUntil = now + restMs;
      return;
    }
    slot.warmUntil = state === "warm" ? now + idleMs : 0;
    if (state === "warm") slot.restUntil = 0;
  }

  #find(name: string): Slot | undefined {
    return this.#slots[Number(name.slice("slot-".length))];
  }
}
