import fc from "fast-check";
import { expect, test } from "vitest";
import { deliveryCounters, recordDelivery, recordRefusal } from "./delivery-metrics.ts";
import type { Tier } from "./media-headers.ts";

/** A data set that keeps what is written to it; locally the platform's own drops everything. */
function dataset() {
  const points: AnalyticsEngineDataPoint[] = [];
  const DELIVERY: AnalyticsEngineDataset = { writeDataPoint: (point) => void (point && points.push(point)) };
  return { points, env: { DELIVERY } };
}

const request = new Request("http://marquee.test/v/t/k/seg-00000.m4s", {
  cf: { country: "DE", colo: "FRA" },
});
const response = new Response("body", { headers: { "Content-Length": "4" } });

test("a miss is always written, and holds nothing that names the viewer", () => {
  const { points, env } = dataset();
  recordDelivery(env, { tier: "origin", objectClass: "segment" }, request, response, 0.999);
  expect(points).toEqual([
    { indexes: ["segment"], blobs: ["segment", "origin", "DE", "FRA", "200"], doubles: [1, 4] },
  ]);
});

test("what a 304 saved is not counted as bytes", () => {
  const { points, env } = dataset();
  recordDelivery(env, { tier: "edge", objectClass: "init" }, request, new Response(null, { status: 304 }), 0);
  expect(points[0]).toMatchObject({ blobs: ["init", "edge", "DE", "FRA", "304"], doubles: [20, 0] });
});

test("a refusal is written with its code", () => {
  const { points, env } = dataset();
  recordRefusal(env, request, "token_expired", 0.049);
  recordRefusal(env, request, "token_expired", 0.051);
  expect(points).toEqual([
    { indexes: ["refusal"], blobs: ["refusal", "refused", "DE", "FRA", "token_expired"], doubles: [20, 0] },
  ]);
});

test("evenly thrown dice give the true number of requests, whatever the share of hits", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom<Tier>("isolate", "edge", "origin"), { maxLength: 60 }), (tiers) => {
      const { points, env } = dataset();
      const throws = 100;
      for (const tier of tiers) {
        for (let n = 0; n < throws; n++) {
          recordDelivery(env, { tier, objectClass: "segment" }, request, response, n / throws);
        }
      }
      for (const tier of ["isolate", "edge", "origin"]) {
        const standFor = points
          .filter(({ blobs }) => blobs?.[1] === tier)
          .reduce((sum, { doubles }) => sum + (doubles?.[0] ?? 0), 0);
        expect(standFor).toBe(tiers.filter((one) => one === tier).length * throws);
      }
    }),
    { numRuns: 20 },
  );
});

test("the isolate's own counter counts each request", () => {
  const before = { ...deliveryCounters().get("image") };
  const { env } = dataset();
  recordDelivery(env, { tier: "edge", objectClass: "image" }, request, response, 0.9);
  recordDelivery(env, { tier: "isolate", objectClass: "image" }, request, response, 0.9);
  const after = deliveryCounters().get("image");
  expect(after?.edge).toBe((before.edge ?? 0) + 1);
  expect(after?.isolate).toBe((before.isolate ?? 0) + 1);
});
