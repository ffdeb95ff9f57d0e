import type { Counter } from "../../playback/delivery/delivery-metrics.ts";

/**
 * The JSON of what an isolate has delivered, by class of object. `hit_ratio` is what the origin did not see, 0 to 1. In the
 * cloud each isolate has counters of its own, so the service's figures come from Analytics Engine; on a laptop there is one.
 */
export function describeCounters(counters: ReadonlyMap<string, Readonly<Counter>>) {
  const objects = [...counters].flatMap(([name, { isolate, edge, origin }]) => {
    const requests = isolate + edge + origin;
    if (requests === 0) return [];
    return [{ object: name, requests, isolate, edge, origin, hit_ratio: (isolate + edge) / requests }];
  });
  return { scope: "isolate", objects };
}
