/** A limit on searches from one address, so that one program can't keep the search's database for itself. */
import { BoundedMap } from "../../shared/bounded-map.ts";
import { clientNetwork } from "../../shared/client-network.ts";

/** Searches that an address may send at once, and how many it gets back in a second; a person who types sends one or two. */
const burst = 30;
const perSecond = 2;

/** Addresses remembered by an isolate; the one that has not searched for longest goes first. */
const maxAddresses = 10_000;

const buckets = new BoundedMap<string, { left: number; at: number }>(maxAddresses);

/**
 * Takes a token from the address's bucket at `now` (Unix milliseconds). IPv6 addresses count by their /64, which one home or
 * phone has. The limit holds in each isolate by itself; the cache in front of the search bears the rest.
 *
 * @param address null: not known (a laptop), and not limited
 * @returns false when the bucket is empty
 */
export function maySearch(address: string | null, now: number): boolean {
  const key = clientNetwork(address);
  if (key === null) return true;
  const bucket = buckets.get(key) ?? { left: burst, at: now };
  const left = Math.min(burst, bucket.left + (Math.max(0, now - bucket.at) / 1000) * perSecond);
  buckets.set(key, { left: Math.max(0, left - 1), at: now });
  return left >= 1;
}
