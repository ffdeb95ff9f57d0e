/** Measures how soon a long film plays on a small fleet: one that is copied first, and one that gets a small rung first. */
import { availableParallelism } from "node:os";
import { drawBenchFilm, foreignBenchFilm } from "../measure/draw-bench-film.ts";
import { onOwnStack } from "../measure/on-own-stack.ts";
import { type PipelineRun, runPipeline } from "../measure/pipeline-run.ts";
import { median, percent } from "../measure/summarize.ts";
import { writeFigures } from "../measure/write-figures.ts";

/** One transcoder, and chunks of one segment, so that a film of 72 s has twelve, as one of ten minutes has. */
const small = { FLEET_SIZE: "1", CHUNK_SEGMENTS: "1" };

/** Twelve segments. */
const seconds = 72;

const goals = { copied: 0.1, rung: 0.35 };

/** @param options.json where figures are written besides the table. @returns the exit status. @throws UserError */
export async function benchEarlyPublish({
  json,
  runs,
}: {
  json: string | null;
  runs: number;
}): Promise<number> {
  const whole = await drawBenchFilm(seconds);
  const films = { copied: whole, rung: await foreignBenchFilm(whole) };
  return await onOwnStack(small, async (stack, state) => {
    const measured: { name: keyof typeof films; run: PipelineRun }[] = [];
    console.log(`${availableParallelism()} processors, twelve chunks, one transcoder`);
    for (let n = 0; n < runs; n++) {
      for (const name of ["copied", "rung"] as const) {
        const run = await runPipeline(stack, state, films[name]);
        measured.push({ name, run });
        const { wallSeconds } = run.cost;
        console.log(
          `${name.padEnd(8)} plays after ${run.readySeconds.toFixed(1)} s, whole after ${wallSeconds.toFixed(1)} s: ` +
            `${percent(run.readySeconds / wallSeconds)} (goal ≤ ${percent(goals[name])}); ` +
            `estimates off by ${percent(median(run.etaErrors))}`,
        );
      }
    }
    writeFigures(
      json,
      measured.map(({ name, run }) => ({ name, ...run, plan: undefined })),
    );
    return 0;
  });
}
