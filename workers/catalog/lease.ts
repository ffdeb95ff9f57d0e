/** Leases in `service_state`: at most one holder at a time, and a holder that died keeps nobody out for long. */
import { z } from "zod";
import type { Database } from "./database.ts";
import { readState, replaceState } from "./service-state.ts";

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

/** Prolongs a lease. @returns null when it went to somebody else: stop */
export async function keepLease(
  db: Database,
  lease: Lease,
  forMs: number,
  now: number,
): Promise<Lease | null> {
  const { holder } = held.parse(JSON.parse(lease.value));
  const to = JSON.stringify({ holder, until: now + forMs });
  if (to === lease.value) return lease;
  return (await replaceState(db, lease.name, { from: lease.value, to }, now))
    ? { ...lease, value: to }
    : null;
}

/** Gives a lease back, unless it has gone to somebody else. */
export async function endLease(db: Database, lease: Lease, now: number): Promise<void> {
  const { holder } = held.parse(JSON.parse(lease.value));
  await replaceState(db, lease.name, { from: lease.value, to: JSON.stringify({ holder, until: 0 }) }, now);
}
