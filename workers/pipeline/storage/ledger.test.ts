import fc from "fast-check";
import { expect, test } from "vitest";
import type { RenditionReport } from "../../../protocol/report.ts";
import { makeLedger } from "./ledger.ts";
import type { ListedObject } from "./list-objects.ts";

const segmentTicks = 600;

/** Reports of a track of `chunks` chunks with two segments each, and what R2 lists when all is well. */
function wholeTrack(chunks: number): { reports: RenditionReport[]; listed: Map<string, ListedObject> } {
  const init = { file: "init.mp4", bytes: 700, md5: "m-init", sha256: "s-init" };
  const reports = Array.from({ length: chunks }, (_, chunk) => ({
    key: "v720p-0123456789",
    codecs: "avc1.64001f",
    timescale: 100,
    init,
    segments: [0, 1].map((half) => {
      const n = chunk * 2 + half;
      return {
        file: `seg-${String(n).padStart(5, "0")}.m4s`,
        bytes: 1000 + n,
        md5: `m-${n}`,
        sha256: `s-${n}`,
        start: n * segmentTicks,
        duration: segmentTicks,
        frames: 150,
        iframes: [],
      };
    }),
  }));
  const objects = [init, ...reports.flatMap(({ segments }) => segments)];
  return { reports, listed: new Map(objects.map(({ file, bytes, md5 }) => [file, { bytes, md5 }])) };
}

const expected = (chunks: number) => () => chunks * 2 * segmentTicks;

test("a whole track has a ledger with every segment", () => {
  const { reports, listed } = wholeTrack(3);
  const { ledger, faults } = makeLedger("v720p-0123456789", reports, listed, expected(3));
  expect(faults).toEqual([]);
  expect(ledger?.segments.map(({ file }) => file)).toEqual(
    reports.flatMap(({ segments }) => segments.map(({ file }) => file)),
  );
});

const damages = fc.constantFrom(
  "missing",
  "short",
  "other bytes",
  "no report",
  "other init",
  "shifted",
  "longer",
);

test("whatever is wrong with one chunk is found and pinned on that chunk, and nothing is published", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(), damages, (chunks, pick, damage) => {
      const { reports, listed } = wholeTrack(chunks);
      const ordinal = damage === "other init" ? Math.max(1, pick % chunks) : pick % chunks;
      fc.pre(ordinal < chunks);
      const report = structuredClone(reports[ordinal]);
      const segment = report?.segments[1];
      if (report === undefined || segment === undefined) throw new Error("no such chunk");
      const damaged: (RenditionReport | null)[] = [...reports];
      damaged[ordinal] = report;
      if (damage === "missing") listed.delete(segment.file);
      if (damage === "short") listed.set(segment.file, { bytes: segment.bytes - 1, md5: segment.md5 });
      if (damage === "other bytes") listed.set(segment.file, { bytes: segment.bytes, md5: "else" });
      if (damage === "no report") damaged[ordinal] = null;
      if (damage === "other init")
        report.init = { file: "init.mp4", bytes: 700, md5: "m-init", sha256: "else" };
      if (damage === "shifted") segment.start += 1;
      if (damage === "longer") segment.duration += 1;
      const { ledger, faults } = makeLedger("v720p-0123456789", damaged, listed, expected(chunks));
      expect(ledger).toBeNull();
      expect(faults.map((fault) => fault.ordinal)).toContain(
        damage === "longer" ? Math.min(ordinal + 1, chunks - 1) : ordinal,
      );
    }),
  );
});
