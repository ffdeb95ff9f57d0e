/** A rendition's ledger: every object it consists of, and the checks that must hold before it may be watched. */
import type { RenditionReport, SegmentReport, StoredObject } from "../../../protocol/report.ts";
import type { ListedObject } from "./list-objects.ts";

/** All that was stored of one rendition, in order: its reports as one. */
export type Ledger = RenditionReport;

/** Every object that a rendition or a part of it consists of, playlists apart. */
export function objectsOf({ init, segments }: Pick<Ledger, "init" | "segments">): StoredObject[] {
  return init === null ? segments : [init, ...segments];
}

/** A fault, and the number of the rendition's report that has to be made again. */
export interface LedgerFault {
  ordinal: number;
  what: string;
}

/**
 * Joins a rendition's reports (one per chunk, in order; null where one is missing) and compares them with what R2 lists
 * in its folder: no gap, no overlap, one init segment, every object there with its size and digest.
 * @param expected the track's whole length in ticks of its own timescale.
 */
export function makeLedger(
  key: string,
  reports: (RenditionReport | null)[],
  listed: Map<string, ListedObject>,
  expected: (timescale: number) => number,
): { ledger: Ledger; faults: [] } | { ledger: null; faults: LedgerFault[] } {
  const faults: LedgerFault[] = [];
  const segments: SegmentReport[] = [];
  const first = reports.find((report) => report !== null);
  let end = 0;
  for (const [ordinal, report] of reports.entries()) {
    const fault = (what: string): void => void faults.push({ ordinal, what });
    if (report === null || first === undefined) {
      fault("no report");
      continue;
    }
    if (report.init?.sha256 !== first.init?.sha256) fault("another init segment than the first chunk's");
    // Every chunk writes the same init segment: one of them makes a lost one again.
    for (const object of report === first ? objectsOf(report) : report.segments) {
      const there = listed.get(object.file);
      if (there === undefined) fault(`${object.file} is missing`);
      else if (there.bytes !== object.bytes || there.md5 !== object.md5)
        fault(`${object.file} has other bytes`);
    }
    for (const segment of report.segments) {
      if (segment.start !== end) fault(`${segment.file} starts at ${segment.start}, not ${end}`);
      end = segment.start + segment.duration;
      segments.push(segment);
    }
  }
  const length = first === undefined ? 0 : expected(first.timescale);
  if (faults.length === 0 && end !== length) {
    faults.push({ ordinal: reports.length - 1, what: `the track ends at ${end}, not ${length}` });
  }
  if (first === undefined || faults.length > 0) return { ledger: null, faults };
  return { ledger: { ...first, key, segments }, faults: [] };
}
