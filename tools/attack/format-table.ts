import type { Row } from "./stage/judge.ts";

/** The table at an attack's end: a line a row, what was tried, and below it what came. Pure. */
export function formatTable(rows: readonly Row[], seed: number): string {
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  const count = (state: Row["state"]): number => rows.filter((row) => row.state === state).length;
  return [
    ...rows.map(
      ({ name, tried, state, came, seconds }) =>
        `${name.padEnd(width)}  ${state.padEnd(7)}  ${seconds.toFixed(0).padStart(4)} s  ${tried}\n${" ".repeat(width + 2)}${came}`,
    ),
    `${rows.length} tried, ${count("held")} held, ${count("OPEN")} OPEN, ${count("untried")} untried. Again: npm run attack -- --seed ${seed}`,
  ].join("\n");
}
