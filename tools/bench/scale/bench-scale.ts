/** `npm run bench -- scale`: what pages, lists, the cron and claims cost in libraries of several sizes. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { UserError } from "../../../scripts/local/user-error.ts";
import { writeFigures } from "../measure/write-figures.ts";
import { type ScaleFigure, summarizeScale, writeScale } from "./summarize-scale.ts";

/** Stands before each line of figures: see test/scale/measure-scale.ts. */
const mark = "scale-figure ";

/** Measures libraries of these sizes, each after the smaller ones. @returns 1 when something grows with the library, or reads too much */
export async function benchScale(options: { sizes: number[]; json: string | null }): Promise<number> {
  const figures: ScaleFigure[] = [];
  const child = spawn("npx", ["vitest", "run", "--project", "workers", "test/scale/measure-scale.ts"], {
    env: { ...process.env, BENCH_TITLES: options.sizes.join() },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    output.push(line);
    const at = line.indexOf(mark);
    if (at === -1) continue;
    // Our own line, written by the file that this runs.
    const figure = JSON.parse(line.slice(at + mark.length)) as ScaleFigure;
    figures.push(figure);
    if (figure.kind === "size") console.log(`seeded ${figure.titles.toLocaleString("en")} titles`);
  }
  if (figures.length === 0)
    throw new UserError(`Nothing could be measured:\n${output.slice(-40).join("\n")}`);
  const rows = summarizeScale(figures);
  console.log(`\n${writeScale(rows)}`);
  writeFigures(options.json, rows);
  return rows.some(({ grows, isOver }) => grows || isOver) ? 1 : 0;
}
