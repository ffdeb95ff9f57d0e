/** The same ladder by FFmpeg alone, into files: as one command, and as one command a rung. */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runTool } from "../../../containers/transcoder/ffmpeg/run-ffmpeg.ts";
import { videoArguments } from "../../../containers/transcoder/video/video-arguments.ts";
import type { VideoTask } from "../../../protocol/task.ts";
import { UserError } from "../../../scripts/local/user-error.ts";
import type { Plan } from "../../../workers/pipeline/plan/plan.ts";
import type { Cost } from "../measure/summarize.ts";

const stallMs = 120_000;
const longestMs = 3_600_000;

/** One decode, one split, all rungs and all sound tracks. */
export async function encodeAtOnce(plan: Plan, video: number, source: string): Promise<Cost> {
  return await inFolder((folder) =>
    run([...command(plan, video, plan.video, source, folder), ...audio(plan, folder)]),
  );
}

/** One command a rung and one for the sound, each after the one before. */
export async function encodeInSequence(plan: Plan, video: number, source: string): Promise<Cost> {
  return await inFolder(async (folder) => {
    const costs: Omit<Cost, "bytes">[] = [];
    for (const rung of plan.video) costs.push(await run(command(plan, video, [rung], source, folder)));
    if (plan.audio.length > 0) costs.push(await run([...head, "-i", source, ...audio(plan, folder)]));
    return {
      wallSeconds: costs.reduce((sum, cost) => sum + cost.wallSeconds, 0),
      cpuSeconds: costs.reduce((sum, cost) => sum + cost.cpuSeconds, 0),
    };
  });
}

const head = ["-hide_banner", "-nostdin", "-v", "warning", "-y"];

function command(plan: Plan, video: number, rungs: Plan["video"], source: string, folder: string): string[] {
  const { frameRate } = plan.grid;
  const task: VideoTask = {
    ...{ kind: "video", grid: plan.grid, streamIndex: video, firstFrame: 0, endFrame: plan.grid.frames },
    ...{ tailFrames: 0, filters: plan.filters, rungs },
  };
  // The encoders' settings are the pipeline's own: everything from the first -map on, with files in place of pipes.
  const ours = videoArguments(task, source);
  const outputs = ours
    .slice(ours.indexOf("-map"))
    .map((word) =>
      word.replace(/^pipe:(\d+)$/, (_, n) => path.join(folder, `${rungs[Number(n) - 3]?.key}.mp4`)),
    );
  const graph = [
    `[0:${video}]fps=${frameRate.num}/${frameRate.den},format=yuv420p,split=${rungs.length}${rungs.map((_, n) => `[s${n}]`).join("")}`,
    ...rungs.map(({ width, height }, n) => `[s${n}]scale=${width}:${height}:flags=bicubic,setsar=1[v${n}]`),
  ];
  return [...head, "-i", source, "-filter_complex", graph.join(";"), ...outputs];
}

function audio(plan: Plan, folder: string): string[] {
  return plan.audio.flatMap((track) => [
    ...["-map", `0:${track.streamIndex}`, "-c:a", "aac", "-b:a", "128k", "-ac", String(track.channels)],
    ...["-ar", "48000", path.join(folder, `${track.key}.mp4`)],
  ]);
}

async function run(args: string[]): Promise<Omit<Cost, "bytes">> {
  const started = performance.now();
  const tool = runTool("ffmpeg", args, {
    outputs: 0,
    stallMs,
    maxRunMs: longestMs,
    signal: new AbortController().signal,
  });
  const alive = setInterval(tool.alive, stallMs / 4); // this FFmpeg prints nothing, and is ours
  tool.stdout.resume();
  const { exitCode, log, usage } = await tool.result.finally(() => clearInterval(alive));
  if (exitCode !== 0) throw new UserError(`FFmpeg could not encode the film:\n${log}`);
  return { wallSeconds: (performance.now() - started) / 1000, cpuSeconds: usage.cpuSeconds };
}

async function inFolder(work: (folder: string) => Promise<Omit<Cost, "bytes">>): Promise<Cost> {
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-bench-"));
  try {
    const cost = await work(folder);
    const bytes = readdirSync(folder).reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0);
    return { ...cost, bytes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
