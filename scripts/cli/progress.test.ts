import fc from "fast-check";
import { expect, test } from "vitest";
import { formatClock, formatSteadyBytes } from "../../workers/web/format/format.ts";
import { statusLine } from "./status-line.ts";
import { addSample, rateOf, type Sample } from "./transfer-rate.ts";

test("amounts are short and right", () => {
  expect([0, 999, 1000, 12_345, 999_949, 99_960_000, 1_500_000_000].map(formatSteadyBytes)).toEqual([
    "0 B",
    "999 B",
    "1.0 kB",
    "12.3 kB",
    "1.0 MB",
    "100 MB",
    "1.5 GB",
  ]);
  expect([0, 59.6, 61, 3599, 3600, 36_061].map(formatClock)).toEqual([
    "0:00",
    "1:00",
    "1:01",
    "59:59",
    "1:00:00",
    "10:01:01",
  ]);
});

test("a steady transfer has its own rate, wherever it began", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e9 }),
      fc.integer({ min: 0, max: 1e12 }),
      (bytesPerSecond, start) => {
        let samples: Sample[] = [];
        for (let second = 0; second <= 40; second++) {
          samples = addSample(samples, { at: second * 1000, bytes: start + second * bytesPerSecond });
        }
        expect(rateOf(samples)).toBe(bytesPerSecond);
        expect(samples.length).toBeLessThan(20);
      },
    ),
  );
});

test("a rate follows the connection, and a resumed request starts it anew", () => {
  let samples: Sample[] = [];
  for (let at = 0; at <= 60_000; at += 1000)
    samples = addSample(samples, { at, bytes: Math.min(at, 30_000) });
  expect(rateOf(samples)).toBe(0);
  samples = addSample(samples, { at: 61_000, bytes: 10 });
  expect(rateOf(samples)).toBeNull();
});

test("on a terminal the line is redrawn in place and cleared", () => {
  const written: string[] = [];
  let now = 0;
  const line = statusLine({ isTTY: true, columns: 60, write: (text) => written.push(text) }, () => now);
  line.show("Uploading", 0.5, "1 MB/s");
  line.show("Uploading", 0.51, "1 MB/s"); // too soon
  now = 1000;
  line.show("Uploading", 0.6, "1 MB/s and a lot of other words that would wrap");
  line.end("Done.");
  expect(written).toHaveLength(4);
  expect(written[0]).toBe(`\r\u001b[2K${"█".repeat(10)}${"░".repeat(10)}   50 %  1 MB/s  Uploading`);
  expect(written[1]?.length).toBeLessThanOrEqual(59 + "\r\u001b[2K".length);
  expect(written.slice(2)).toEqual(["\r\u001b[2K", "Done.\n"]);
});

test("in a log there is a line for each tenth, and no control characters", () => {
  const written: string[] = [];
  const line = statusLine({ write: (text) => written.push(text) }, () => 0);
  for (let fraction = 0; fraction <= 1; fraction += 0.001) line.show("Uploading", fraction, "1 MB/s");
  line.show("Uploading", 1, "");
  line.end();
  expect(written).toHaveLength(11);
  expect(written.join("")).toMatch(/^(Uploading \d+ %( {2}1 MB\/s)?\n)+$/);
});
