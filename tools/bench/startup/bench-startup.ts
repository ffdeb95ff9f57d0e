/**
 * Plays one film in Chromium from two places in turn: Marquee's watch page, from our Worker in a workerd that listens itself
 * (without the proxies of `wrangler dev`), and a bare hls.js page on nginx with the same segments. A fresh profile each
 * time, so that nothing comes from the browser's cache.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { callApi, readAnswer } from "../../../scripts/client/call-api.ts";
import { runFfmpeg } from "../../../scripts/local/demo-film.ts";
import { freePort } from "../../../scripts/local/free-port.ts";
import { projectRoot } from "../../../scripts/local/project-root.ts";
import { startStack } from "../../../scripts/local/stack.ts";
import { ensureTools } from "../../../scripts/local/tools.ts";
import { UserError } from "../../../scripts/local/user-error.ts";
import { runPipeline } from "../measure/pipeline-run.ts";
import { serveNginx } from "../measure/serve-nginx.ts";
import { serveOurWorker } from "../measure/serve-our-worker.ts";
import type { Server } from "../measure/serve-worker.ts";
import { writeFigures } from "../measure/write-figures.ts";
import { copyFilm } from "./copy-film.ts";
import { measurePage, type PageTimes } from "./measure-page.ts";
import { type StartupRound, summarizeStartup, writeStartupSummary } from "./summarize-startup.ts";

/** Long enough that no player has the place that is sought in its buffer. */
const filmSeconds = 600;
const seekToSeconds = 541;

const goal = 1.1;

/** The bare page: hls.js with its defaults, a video and a button. */
const barePage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Bare</title>
<video width="1280" height="720" playsinline preload="auto"></video>
<button id="play">Play</button>
<script src="hls.min.js"></script>
<script>
  const video = document.querySelector("video");
  const hls = new Hls();
  hls.loadSource("film/main.m3u8");
  hls.attachMedia(video);
  document.querySelector("#play").onclick = () => video.play();
</script>
`;

/** Runs the bench. @returns the exit status: 1 when a goal is missed. @throws UserError */
export async function benchStartup({ runs, json }: { runs: number; json: string | null }): Promise<number> {
  ensureTools("ffmpeg", "ffprobe", "chromium", "nginx");
  const source = await drawFilm();
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-bench-"));
  const servers: Server[] = [];
  try {
    const state = path.join(folder, "state");
    const watchPath = await publish(source, state, path.join(folder, "logs"));
    const worker = await serveOurWorker({ folder, state, hasPages: true });
    servers.push(worker);
    const watchUrl = new URL(watchPath, worker.url);
    const site = path.join(folder, "site");
    mkdirSync(site);
    await copyFilm(await playbackUrlOf(watchUrl), path.join(site, "film"));
    cpSync(path.join(projectRoot, "node_modules/hls.js/dist/hls.min.js"), path.join(site, "hls.min.js"));
    writeFileSync(path.join(site, "index.html"), barePage);
    const nginx = await serveNginx(site, folder);
    servers.push(nginx);
    const marquee = () => measurePage(watchUrl.href, "media-play-button.start:defined", seekToSeconds);
    const bare = () => measurePage(nginx.url.href, "#play", seekToSeconds);
    await marquee(); // what the servers do only once
    await bare();
    console.log(`${availableParallelism()} processors, load ${loadavg()[0]?.toFixed(1)}; ${runs} runs each`);
    const rounds: StartupRound[] = [];
    for (let n = 0; n < runs; n++) {
      const round = { marquee: await marquee(), bare: await bare() };
      rounds.push(round);
      const times = ({ start, total, seek }: PageTimes) =>
        [start, total, seek].map((ms) => ms.toFixed(0)).join(", ");
      console.log(`run ${n + 1}: start, total, seek: ${times(round.marquee)} and ${times(round.bare)} ms`);
    }
    const summary = summarizeStartup(rounds);
    const reached = summary.ratios.start <= goal && summary.ratios.seek <= goal;
    console.log(`\n${writeStartupSummary(summary)}`);
    console.log(`\nGoals: start and seek ≤ ${goal.toFixed(2)}×: ${reached ? "reached" : "missed"}`);
    writeFigures(json, { processors: availableParallelism(), summary, rounds });
    return reached ? 0 : 1;
  } finally {
    for (const server of servers.toReversed()) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Has the ordinary stack publish the film, and stops it. @returns the path of the film's page */
async function publish(source: string, state: string, logs: string): Promise<string> {
  const port = await freePort();
  const stack = await startStack({ port, state, logs, onTrouble: (line) => console.error(line) });
  if (stack === null) throw new UserError("Marquee did not start.");
  try {
    const { assetId } = await runPipeline(stack, state, source);
    const asset = readAnswer(stack, await callApi(stack, "GET", `/v1/assets/${assetId}`), assetSchema);
    return new URL(asset.watch_url).pathname;
  } finally {
    await stack.stop();
  }
}

/** A playback URL, from where a page gets it when it renews one. */
async function playbackUrlOf(watchUrl: URL): Promise<string> {
  const response = await fetch(new URL("/v1/playback", watchUrl), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ title: path.posix.basename(watchUrl.pathname) }),
  });
  return playbackSchema.parse(await response.json()).playback_url;
}

const assetSchema = z.object({ watch_url: z.string() });
const playbackSchema = z.object({ playback_url: z.string() });

/** A moving picture and a tone, drawn once. */
async function drawFilm(): Promise<string> {
  const folder = path.join(projectRoot, "node_modules/.cache/marquee-media");
  const file = path.join(folder, `startup-${filmSeconds}.mp4`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const draft = path.join(folder, `startup.${process.pid}.draft.mp4`);
  const failure = await runFfmpeg([
    ...["-hide_banner", "-nostdin", "-v", "error", "-y"],
    ...["-f", "lavfi", "-i", `testsrc2=s=640x360:r=25:d=${filmSeconds}`],
    ...["-f", "lavfi", "-i", `sine=frequency=330:duration=${filmSeconds}:sample_rate=48000`],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "100"],
    ...["-c:a", "aac", "-ac", "2", "-shortest", "-movflags", "+faststart", draft],
  ]);
  if (failure !== null) throw new UserError(`FFmpeg could not draw the film:\n${failure}`);
  renameSync(draft, file);
  return file;
}
