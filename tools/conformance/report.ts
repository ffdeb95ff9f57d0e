/** The report: for people as a table, for programs as JSON. */
import type { RuleResult } from "./check-rules.ts";
import { brokenMusts } from "./check-rules.ts";
import type { Presentation } from "./model/presentation.ts";
import { notesOn } from "./notes.ts";

/** Findings of one rule that the table shows. */
const shownFindings = 3;

const marks = { MUST: "BROKEN", SHOULD: "advice" } as const;

/** The table, with the first findings of each rule that does not hold. Ends with one sentence. */
export function writeTable(presentation: Presentation, results: RuleResult[]): string {
  const width = Math.max(...results.map(({ id }) => id.length));
  const lines = results.flatMap((result) => {
    const { id, level, title, verdict, findings, reason } = result;
    if (verdict === "not applicable")
      return [`–       ${level.padEnd(6)}  ${id.padEnd(width)}  ${title} (${reason})`];
    const mark = verdict === "holds" ? "ok" : marks[level];
    const more = findings.length - shownFindings;
    return [
      `${mark.padEnd(6)}  ${level.padEnd(6)}  ${id.padEnd(width)}  ${title}`,
      ...findings.slice(0, shownFindings).map(({ where, what }) => `          ${where}: ${what}`),
      ...(more > 0 ? [`          … and ${more} more`] : []),
    ];
  });
  return [presentation.location, ...describe(presentation), "", ...lines, "", summary(results), ""].join(
    "\n",
  );
}

function describe(presentation: Presentation): string[] {
  const { variants, renditions, iframeVariants, tracks } = presentation;
  const segments = tracks.reduce((sum, track) => sum + track.segments.length, 0);
  return [
    `${variants.length} variants, ${renditions.length} renditions, ${iframeVariants.length} I-frame variants, ${tracks.length} media playlists, ${segments} segments and I-frames`,
    ...notesOn(presentation),
  ];
}

/** One sentence that says how it went. */
export function summary(results: RuleResult[]): string {
  const count = (verdict: RuleResult["verdict"], level?: RuleResult["level"]): number =>
    results.filter((it) => it.verdict === verdict && (level === undefined || it.level === level)).length;
  const musts = count("broken", "MUST");
  const verdict =
    musts === 0 ? "Conforms" : `Does not conform: ${musts} MUST ${musts === 1 ? "is" : "are"} broken`;
  return `${verdict}. ${count("holds")} rules hold, ${count("broken", "SHOULD")} SHOULD do not, ${count("not applicable")} do not apply.`;
}

/** The same as JSON, for programs. */
export function writeJson(presentation: Presentation, results: RuleResult[]): string {
  const { location, tracks } = presentation;
  const report = {
    location,
    conforms: brokenMusts(results).length === 0,
    summary: summary(results),
    notes: notesOn(presentation),
    tracks: tracks.map(({ name, role, format, segments, main }) => ({
      name,
      role,
      format,
      codec: main?.entry.codec ?? null,
      segments: segments.length,
    })),
    rules: results,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
