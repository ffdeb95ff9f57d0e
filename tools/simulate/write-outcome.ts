import type { Outcome } from "./simulate-edge.ts";

/** The hit ratios by class of object as a table for people. Classes that nobody asked for are left out. */
export function writeOutcome(outcome: Outcome): string {
  const row = (cells: string[]) =>
    `  ${cells[0]?.padEnd(16)}${cells
      .slice(1)
      .map((it) => it.padStart(12))
      .join("")}`;
  const rows = [...outcome.counts].flatMap(([name, { location, upper, origin }]) => {
    const all = location + upper + origin;
    if (all === 0) return [];
    const percent = (part: number) => `${((100 * part) / all).toFixed(2)} %`;
    return [
      row([name, String(all), percent(location), percent(upper), percent(origin), percent(location + upper)]),
    ];
  });
  return [
    row(["", "requests", "location", "upper tier", "origin", "hit ratio"]),
    ...rows,
    "",
    `  ${outcome.sessions} viewers from ${outcome.countries} countries at ${outcome.locations} locations; ${outcome.refused} refused by policy;`,
    `  at most ${outcome.mostPlaylistsOfAFilm} multivariant playlists of one film.`,
  ].join("\n");
}

/** The part of a class's requests that the origin did not see, 0 to 1. */
export function hitRatio({ counts }: Outcome, name: string): number {
  const of = [...counts].find(([it]) => it === name)?.[1] ?? { location: 0, upper: 0, origin: 0 };
  return (of.location + of.upper) / (of.location + of.upper + of.origin);
}
