/** Times of both pages, side by side. */
import { median } from "../measure/summarize.ts";
import type { PageTimes } from "./measure-page.ts";

/** One round: our page, then the bare one. */
export interface StartupRound {
  marquee: PageTimes;
  bare: PageTimes;
}

/** Medians, milliseconds, and ours in proportion to the bare page's. */
export interface StartupSummary {
  marquee: PageTimes;
  bare: PageTimes;
  /** The goal is at most 1.10 for `start` and for `seek`. */
  ratios: PageTimes;
}

const names = ["ready", "start", "total", "seek"] as const;

/** Sums up the rounds. */
export function summarizeStartup(rounds: StartupRound[]): StartupSummary {
  const times = (of: (name: (typeof names)[number]) => number): PageTimes => ({
    ready: of("ready"),
    start: of("start"),
    total: of("total"),
    seek: of("seek"),
  });
  const marquee = times((name) => median(rounds.map((round) => round.marquee[name])));
  const bare = times((name) => median(rounds.map((round) => round.bare[name])));
  return { marquee, bare, ratios: times((name) => marquee[name] / bare[name]) };
}

/** The summary as a table for people. */
export function writeStartupSummary({ marquee, bare, ratios }: StartupSummary): string {
  const words = {
    ready: "navigation to a working button",
    start: "click to first frame",
    total: "navigation to first frame",
    seek: "seek to frame",
  };
  const row = (cells: string[]) =>
    `  ${cells[0]?.padEnd(32)}${cells
      .slice(1)
      .map((it) => it.padStart(12))
      .join("")}`;
  return [
    row(["medians, ms", "Marquee", "bare nginx", "ratio"]),
    ...names.map((name) =>
      row([words[name], marquee[name].toFixed(0), bare[name].toFixed(0), ratios[name].toFixed(2)]),
    ),
  ].join("\n");
}
