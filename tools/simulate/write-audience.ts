import type { AudienceScenario, AudienceSecond } from "./simulate-audience.ts";

/** Cloudflare's list prices, dollars a million: a request (of the cached entrypoint too), a read of R2, a row read in D1. */
const price = { request: 0.3, storage: 0.36, row: 0.001 };

/** What grows with the number of isolates. */
const grows: ReadonlySet<string> = new Set<keyof AudienceSecond>(["requests", "feed", "documents"]);

/** Rows that a statement of publishing reads, about. */
const rowsPerStatement = 3;

/**
 * The figures of an audience as a table for people.
 * @param times each isolate stands for so many. R2's reads don't grow with them, because each tier asks once for all (a larger
 * audience only finds a cold tail sooner), and the database's neither, because no viewer is in them.
 */
export function writeAudience(
  scenario: AudienceScenario,
  seconds: readonly AudienceSecond[],
  times: number,
): string {
  const rows = (
    [
      ["requests of viewers", "requests"],
      ["isolates ask for the feed", "feed"],
      ["isolates ask for documents", "documents"],
      ["reads of R2", "storage"],
      ["statements in D1", "database"],
    ] as const
  ).map(([words, name]) => {
    const values = seconds.map((second) => second[name] * (grows.has(name) ? times : 1));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return `  ${words.padEnd(28)}${Math.round(mean).toString().padStart(12)}${Math.round(Math.max(...values))
      .toString()
      .padStart(12)}`;
  });
  const viewerHours = (scenario.viewers * times * seconds.length) / 3600;
  const sum = (name: keyof AudienceSecond) => seconds.reduce((total, second) => total + second[name], 0);
  const dollars =
    ((sum("feed") + sum("documents")) * times * price.request +
      sum("storage") * price.storage +
      sum("database") * rowsPerStatement * price.row) /
    1e6;
  return [
    `  ${"a second".padEnd(28)}${"mean".padStart(12)}${"most".padStart(12)}`,
    ...rows,
    `  Knowing the rules costs $${((dollars / viewerHours) * 1000).toFixed(4)} for 1,000 viewer-hours.`,
  ].join("\n");
}
