/**
 * Counts deliveries by kind and by source, without a database: data points for Analytics Engine, and counters of this
 * isolate. docs/operations.md has queries for the data points.
 *
 * A data point is `index1` and `blob1` the class of the object, `blob2` its tier (`isolate`, `edge`, `origin`; `refused`),
 * `blob3` the country, `blob4` Cloudflare's location, `blob5` the HTTP status or the code of a refusal; `double1` the number
 * of requests it stands for, `double2` the bytes of one.
 */
import type { Found, Tier } from "./media-headers.ts";
import { type ObjectClass, objectClasses } from "./object-class.ts";

/**
 * Hits for each data point. Hits are the most requests, and all alike, so one stands for many. Misses are few, and each one
 * counts, so the hit ratio stays exact where it matters.
 */
const hitsPerPoint = 20;

/** One isolate's deliveries of one class of objects, in requests by tier. */
export type Counter = Record<Tier, number>;

const counters = new Map<ObjectClass, Counter>(
  objectClasses.map((name) => [name, { isolate: 0, edge: 0, origin: 0 }]),
);

/** Counts an answer. @param random a random number, 0 to 1 */
export function recordDelivery(
  env: Pick<Env, "DELIVERY">,
  { tier, objectClass }: Found,
  request: Request,
  response: Response,
  random: number,
): void {
  const counter = counters.get(objectClass);
  if (counter !== undefined) counter[tier]++;
  const stands = tier === "origin" ? 1 : hitsPerPoint;
  if (random * stands >= 1) return;
  const bytes = response.status === 304 ? 0 : Number(response.headers.get("Content-Length") ?? 0);
  write(env, objectClass, [tier, ...whereFrom(request), String(response.status)], [stands, bytes]);
}

/** Counts a refusal by its code. @param random as of {@link recordDelivery} */
export function recordRefusal(
  env: Pick<Env, "DELIVERY">,
  request: Request,
  code: string,
  random: number,
): void {
  if (random * hitsPerPoint >= 1) return;
  write(env, "refusal", ["refused", ...whereFrom(request), code], [hitsPerPoint, 0]);
}

/** This isolate's counters since it started. */
export function deliveryCounters(): ReadonlyMap<ObjectClass, Readonly<Counter>> {
  return counters;
}

function write(env: Pick<Env, "DELIVERY">, name: string, blobs: string[], doubles: number[]): void {
  env.DELIVERY.writeDataPoint({ indexes: [name], blobs: [name, ...blobs], doubles });
}

function whereFrom({ cf }: Request): [country: string, location: string] {
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return [text(cf?.country), text(cf?.colo)];
}
