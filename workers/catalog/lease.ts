/** Leases in `service_state`: at most one holder at a time, and a holder that died keeps nobody out for long. */
import { z } from "zod";
import type { Database } from "./database.ts";
import { readState, replaceState } from "./service-state.ts";

/** One that fails may be made good by the next ones before the lease is over. */
const beatsPerLease = 3;

const held = z.object({ holder: z.string(), until: z.number() });

/** A lease as its holder has it; `value` is what stands in `service_state`. */
export interface Lease {
  name: string;
  value: string;
}

/**
 * Takes a lease for some time.
 * @param forMs milliseconds; a lease that claims to last for more than twice as long was taken by a clock that jumped, and
 *   counts as ended
 * @returns null while somebody else holds it
 */
export async function takeLease(
  db: Database,
  name: string,
  forMs: number,
  now: number,
): Promise<Lease | null> {
  const from = await readState(db, name);
  const before = from === null ? null : held.parse(JSON.parse(from));
  if (before !== null && before.until > now && before.until <= now + 2 * forMs) return null;
  const to = JSON.stringify({ holder: crypto.randomUUID(), until: now + forMs });
  return (await replaceState(db, name, { from, to }, now)) ? { name, value: to } : null;
}

/** A lease that is being prolonged. */
export interface HeldLease {
  /** False once it has gone to somebody else: stop. */
  isHeld(): boolean;
  /** Gives it back, unless it has gone to somebody else. */
  end(): Promise<void>;
}

/**
 * Prolongs a lease again and again while its holder lives, so that it can be short however long the work takes.
 * @param forMs as it was taken; @param clock Unix milliseconds
 */
export function holdLease(db: Database, lease: Lease, forMs: number, clock: () => number): HeldLease {
  let value = lease.value;
  let isHeld = true;
  const { holder } = held.parse(JSON.parse(value));
  const setUntil = async (until: number): Promise<void> => {
    const to = JSON.stringify({ holder, until });
    if (!isHeld || to === value) return;
    if (!(await replaceState(db, lease.name, { from: value, to }, clock()))) {
      // Ours all the same where the answer to an earlier write was lost.
      const from = await readState(db, lease.name);
      isHeld =
        from !== null &&
        held.parse(JSON.parse(from)).holder === holder &&
        (await replaceState(db, lease.name, { from, to }, clock()));
    }
    value = to;
  };
  let last = Promise.resolve();
  const set = (until: () => number): Promise<void> => {
    last = last
      .then(() => setUntil(until()))
      .catch((error: unknown) => console.warn("the lease is not written", lease.name, error));
    return last;
  };
  const beat = setInterval(() => void set(() => clock() + forMs), forMs / beatsPerLease);
  return {
    isHeld: () => isHeld,
    end: () => {
      clearInterval(beat);
      return set(() => 0);
    },
  };
}
