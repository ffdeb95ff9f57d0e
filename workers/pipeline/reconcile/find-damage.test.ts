import fc from "fast-check";
import { expect, test } from "vitest";
import type { Plan } from "../plan/plan.ts";
import type { Ledger } from "../storage/ledger.ts";
import type { ListedObject } from "../storage/list-objects.ts";
import { findDamage, pickSample } from "./find-damage.ts";

const key = "v240p-1";

/** A ledger of `segments` segments of 150 frames, in chunks of two, and what R2 lists when all is well. */
function track(segments: number) {
  const ledger: Ledger = {
    ...{ key, codecs: "avc1.64001f", timescale: 25 },
    init: { file: "init.mp4", bytes: 7, md5: "m", sha256: "s" },
    segments: Array.from({ length: segments }, (_, n) => ({
      ...{ file: `seg-${String(n).padStart(5, "0")}.m4s`, bytes: 10 + n, md5: `m${n}`, sha256: `s${n}` },
      ...{ start: n * 150, duration: 150, frames: 150, iframes: [] },
    })),
  };
  const objects = [ledger.init, ...ledger.segments].filter((one) => one !== null);
  const listed = new Map<string, ListedObject>(objects.map(({ file, bytes, md5 }) => [file, { bytes, md5 }]));
  const chunks = Array.from({ length: Math.ceil(segments / 2) }, (_, n) => ({
    firstFrame: n * 300,
    endFrame: Math.min(segments * 150, (n + 1) * 300),
  }));
  const plan = { grid: { segmentFrames: 150 }, chunks, video: [{ key }] } as unknown as Plan;
  return { ledger, listed, plan };
}

test("whatever is lost is pinned on the chunks that wrote it, and nothing else is", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(fc.nat(39)), (segments, picks) => {
      const { ledger, listed, plan } = track(segments);
      const lost = [...new Set(picks.map((pick) => pick % segments))];
      for (const n of lost) listed.delete(`seg-${String(n).padStart(5, "0")}.m4s`);
      const { ordinals, what } = findDamage(ledger, listed, new Map(), plan);
      const chunks = new Set(lost.map((n) => Math.floor(n / 2)));
      expect(ordinals).toEqual([...chunks].sort((a, b) => a - b));
      expect(what).toHaveLength(lost.length);
    }),
  );
});

test("a sample that reads as other bytes is damage, though R2 lists it as it should be", () => {
  const { ledger, listed, plan } = track(4);
  const sampled = new Map([["seg-00003.m4s", "else"]]);
  expect(findDamage(ledger, listed, sampled, plan).ordinals).toEqual([1]);
  expect(findDamage(ledger, listed, new Map([["seg-00003.m4s", "s3"]]), plan).what).toEqual([]);
});

test("every segment has its turn as the sample", () => {
  const { ledger } = track(5);
  const turns = Array.from({ length: 5 }, (_, turn) => pickSample(ledger, 20_000 + turn));
  expect(new Set(turns)).toEqual(new Set(ledger.segments.map(({ file }) => file)));
  expect(pickSample({ ...ledger, segments: [] }, 3)).toBeNull();
});
