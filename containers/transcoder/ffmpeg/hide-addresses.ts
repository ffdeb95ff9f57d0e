import { relayOrigin } from "../task/source-relay.ts";

/** An address with a scheme, up to the blank, quote or bracket behind it. */
const address = /\b[a-z]{2,8}:\/\/[^\s'"<>)\]]+/gi;

/**
 * Takes our own addresses out of a tool's log before anybody reads it: the source is called `source`, a slice by its key, and
 * whatever else looks like an address only `storage`. Producers see these logs, and an address may hold a right.
 */
export function hideAddresses(log: string): string {
  return log.replaceAll(`${relayOrigin}/`, "").replaceAll(address, "storage");
}
