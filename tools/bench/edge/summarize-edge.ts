/** Figures of all rounds, side by side. */
import { median } from "../measure/summarize.ts";
import type { Measured } from "./measure-server.ts";

/** The servers that are compared. */
export const contestants = ["gateway", "trivial", "nginx"] as const;

/** One round: each contestant under the same load, one after another. */
export type Round = Record<(typeof contestants)[number], Measured>;

/** Medians of the rounds. Ratios are taken within a round, where all met the same machine, before their median is. */
export interface EdgeSummary {
  medians: Round;
  /** The gateway's CPU per request in that of the trivial Worker; the goal for a segment is at most 1.5. */
  cpuToTrivial: number;
  /** The gateway's requests per second in those of the trivial Worker; the goal for a segment is at least 0.7. */
  rateToTrivial: number;
  cpuToNginx: number;
  rateToNginx: number;
}

/** Sums up the rounds of one object. */
export function summarizeEdge(rounds: Round[]): EdgeSummary {
  const middle = (who: keyof Round): Measured => {
    const of = (pick: (measured: Measured) => number) => median(rounds.map((round) => pick(round[who])));
    return {
      requestsPerSecond: of((it) => it.requestsPerSecond),
      p50: of((it) => it.p50),
      p99: of((it) => it.p99),
      cpuMicroseconds: of((it) => it.cpuMicroseconds),
    };
  };
  const ratio = (to: keyof Round, pick: (measured: Measured) => number) =>
    median(rounds.map((round) => pick(round.gateway) / pick(round[to])));
  return {
    medians: { gateway: middle("gateway"), trivial: middle("trivial"), nginx: middle("nginx") },
    cpuToTrivial: ratio("trivial", (it) => it.cpuMicroseconds),
    rateToTrivial: ratio("trivial", (it) => it.requestsPerSecond),
    cpuToNginx: ratio("nginx", (it) => it.cpuMicroseconds),
    rateToNginx: ratio("nginx", (it) => it.requestsPerSecond),
  };
}

/** The summary of one object as a table for people. */
export function writeEdgeSummary(what: string, bytes: number, summary: EdgeSummary): string {
  const names = { gateway: "our gateway", trivial: "a Worker that just returns them", nginx: "nginx" };
  const row = (cells: string[]) =>
    `  ${cells[0]?.padEnd(34)}${cells
      .slice(1)
      .map((it) => it.padStart(11))
      .join("")}`;
  return [
    `${what}, ${bytes} bytes`,
    row(["", "requests/s", "p50 ms", "p99 ms", "CPU µs"]),
    ...contestants.map((who) => {
      const { requestsPerSecond, p50, p99, cpuMicroseconds } = summary.medians[who];
      return row([
        names[who],
        requestsPerSecond.toFixed(0),
        p50.toFixed(2),
        p99.toFixed(2),
        cpuMicroseconds.toFixed(0),
      ]);
    }),
    `  to the trivial Worker: CPU ${summary.cpuToTrivial.toFixed(2)}×, requests/s ${summary.rateToTrivial.toFixed(2)}×`,
    `  to nginx:              CPU ${summary.cpuToNginx.toFixed(2)}×, requests/s ${summary.rateToNginx.toFixed(2)}×`,
  ].join("\n");
}
