/** Measures the three ways of encoding a film in turn, and shows where Marquee's time goes. */
import { existsSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { UserError } from "../../../scripts/local/user-error.ts";
import { drawBenchFilm } from "../measure/draw-bench-film.ts";
import { onOwnStack } from "../measure/on-own-stack.ts";
import { runPipeline, type TaskTime } from "../measure/pipeline-run.ts";
import { type Cost, median, percent, summarize, writeSummary } from "../measure/summarize.ts";
import { writeFigures } from "../measure/write-figures.ts";
import { encodeAtOnce, encodeInSequence } from "./plain-encodes.ts";

/** Settings of the bench. */
export interface BenchOptions {
  /** The film's absolute path; null: the drawn one. */
  source: string | null;
  /** The file for the figures as JSON, besides the table. */
  json: string | null;
  runs: number;
}

interface MeasuredRun {
  atOnce: Cost;
  inSequence: Cost;
  pipeline: Cost;
  tasks: TaskTime[];
  readySeconds: number;
  etaErrors: number[];
  /** Load average of the last minute before and after. */
  load: [number, number];
}

/** Runs the bench on a stack of its own. @returns the exit status. @throws UserError */
export async function benchEncode({ source, json, runs }: BenchOptions): Promise<number> {
  if (source !== null && !existsSync(source)) throw new UserError(`There is no file ${source}.`);
  const film = source ?? (await drawBenchFilm(60));
  return await onOwnStack({}, async (stack, state) => {
    console.log(`${film}, ${availableParallelism()} processors, load ${load()}`);
    const warm = await runPipeline(stack, state, film);
    const ladder = warm.plan.video.map(({ label }) => label).join(", ");
    console.log(`ladder ${ladder}; warmed up in ${warm.cost.wallSeconds.toFixed(1)} s`);
    const measured: MeasuredRun[] = [];
    for (let n = 0; n < runs; n++) {
      const before = load();
      const atOnce = await encodeAtOnce(warm.plan, warm.video, film);
      const { cost: pipeline, ...run } = await runPipeline(stack, state, film);
      const { tasks, readySeconds, etaErrors } = run;
      const inSequence = await encodeInSequence(warm.plan, warm.video, film);
      measured.push({ atOnce, inSequence, pipeline, tasks, readySeconds, etaErrors, load: [before, load()] });
      const seconds = [atOnce, inSequence, pipeline].map(({ wallSeconds }) => wallSeconds.toFixed(1));
      console.log(
        `run ${n + 1}: a ${seconds[0]} s, b ${seconds[1]} s, c ${seconds[2]} s; load ${before} → ${load()}`,
      );
    }
    const summary = summarize(measured);
    console.log(`\n${writeSummary(summary)}\n\n${writeTasks(middleRun(measured))}`);
    const ready = median(measured.map((run) => run.readySeconds / run.pipeline.wallSeconds));
    const error = median(measured.flatMap((run) => run.etaErrors));
    console.log(
      `\n  playable after ${percent(ready)} of c's time; estimates off by ${percent(error)} (median)`,
    );
    writeFigures(json, { film, processors: availableParallelism(), summary, runs: measured });
    return 0;
  });
}

function middleRun(runs: MeasuredRun[]): MeasuredRun | undefined {
  const sorted = runs.toSorted((a, b) => a.pipeline.wallSeconds - b.pipeline.wallSeconds);
  return sorted[Math.floor(sorted.length / 2)];
}

function writeTasks(run: MeasuredRun | undefined): string {
  const rows = (run?.tasks ?? []).map(
    ({ kind, ordinal, queued, started, finished, cpuSeconds }) =>
      `  ${`${kind} ${ordinal}`.padEnd(16)}${[queued, started, finished, finished - started, cpuSeconds]
        .map((value) => value.toFixed(2).padStart(9))
        .join("")}`,
  );
  const total = `  ${"published".padEnd(16)}${"".padEnd(18)}${run?.pipeline.wallSeconds.toFixed(2).padStart(9)}`;
  return [
    "  The course of c, seconds after the notification:",
    `  ${"".padEnd(16)}${["queued", "started", "finished", "wall", "CPU"].map((name) => name.padStart(9)).join("")}`,
    ...rows,
    total,
  ].join("\n");
}

function load(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}
