/** Measures the three ways of encoding a film in turn, and tells where Marquee's time goes. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../local/free-port.ts";
import { startStack } from "../local/stack.ts";
import { StopSentence } from "../local/stop-sentence.ts";
import { drawBenchFilm } from "./draw-bench-film.ts";
import { runPipeline, type TaskTime } from "./pipeline-run.ts";
import { encodeAtOnce, encodeInSequence } from "./plain-encodes.ts";
import { type Cost, summarize, writeSummary } from "./summarize.ts";

/** What to measure. */
export interface BenchOptions {
  /** The film's absolute path; null: the drawn one. */
  source: string | null;
  /** Where figures are written as JSON, besides the table. */
  json: string | null;
  runs: number;
}

interface MeasuredRun {
  atOnce: Cost;
  inSequence: Cost;
  pipeline: Cost;
  tasks: TaskTime[];
  /** Load average of the last minute before and after. */
  load: [number, number];
}

/** Runs the bench on a stack of its own. @returns the exit status. @throws StopSentence */
export async function benchEncode({ source, json, runs }: BenchOptions): Promise<number> {
  if (source !== null && !existsSync(source)) throw new StopSentence(`There is no file ${source}.`);
  const film = source ?? (await drawBenchFilm());
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-bench-"));
  const leaving = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => leaving.abort());
  const state = path.join(folder, "state");
  const stack = await startStack({
    port: await freePort(),
    state,
    logs: path.join(folder, "logs"),
    onTrouble: (line) => console.error(line),
    signal: leaving.signal,
  });
  if (stack === null) return 1;
  const end = async (): Promise<void> => {
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  leaving.signal.addEventListener("abort", () => void end().finally(() => process.exit(1)));
  try {
    console.log(`${film}, ${availableParallelism()} processors, load ${load()}`);
    const warm = await runPipeline(stack, state, film);
    const ladder = warm.plan.video.map(({ label }) => label).join(", ");
    console.log(`ladder ${ladder}; warmed up in ${warm.cost.wallSeconds.toFixed(1)} s`);
    const measured: MeasuredRun[] = [];
    for (let n = 0; n < runs; n++) {
      const before = load();
      const atOnce = await encodeAtOnce(warm.plan, warm.video, film);
      const { cost: pipeline, tasks } = await runPipeline(stack, state, film);
      const inSequence = await encodeInSequence(warm.plan, warm.video, film);
      measured.push({ atOnce, inSequence, pipeline, tasks, load: [before, load()] });
      const seconds = [atOnce, inSequence, pipeline].map(({ wallSeconds }) => wallSeconds.toFixed(1));
      console.log(
        `run ${n + 1}: a ${seconds[0]} s, b ${seconds[1]} s, c ${seconds[2]} s; load ${before} → ${load()}`,
      );
    }
    const summary = summarize(measured);
    console.log(`\n${writeSummary(summary)}\n\n${writeTasks(middleRun(measured))}`);
    const figures = JSON.stringify({ film, processors: availableParallelism(), summary, runs: measured });
    if (json === null) console.log(`\n${figures}`);
    else writeFileSync(json, `${figures}\n`);
    return 0;
  } finally {
    await end();
  }
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
    "  Where c's time went, seconds after the notification:",
    `  ${"".padEnd(16)}${["queued", "started", "finished", "wall", "CPU"].map((name) => name.padStart(9)).join("")}`,
    ...rows,
    total,
  ].join("\n");
}

function load(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}
