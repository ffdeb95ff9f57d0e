/** Tools under guard: what hangs, takes too long or wants too much memory is ended, and says so. */
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { maxToolMemoryBytes } from "../task/limits.ts";
import { runToEnd, runTool } from "./run-ffmpeg.ts";

const signal = new AbortController().signal;
const longMs = 60_000;

/** Takes every connection and never says a word. */
let silent: Server;
let silentUrl = "";
beforeAll(async () => {
  silent = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const address = silent.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  silentUrl = `http://127.0.0.1:${address.port}/film.mp4`;
});
afterAll(() => {
  silent.closeAllConnections();
  silent.close();
});

const forever = ["-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2", "-f", "null", "-"];

test("a tool that does not move is killed", async () => {
  const run = runTool("ffprobe", ["-v", "error", silentUrl], { outputs: 0, stallMs: 300, signal });
  await expect(run.result).rejects.toMatchObject({ code: "encoder_stalled", retryable: true });
});

test("a tool that moves for ever is killed too", async () => {
  const run = runTool("ffmpeg", forever, { outputs: 0, stallMs: longMs, maxRunMs: 300, signal });
  await expect(run.result).rejects.toMatchObject({ code: "encoder_timeout", retryable: true });
});

test("who tells that it is alive is left alone, and a tool that has ended needs no killing", async () => {
  const run = runTool(
    "ffmpeg",
    ["-v", "error", "-f", "lavfi", "-i", "testsrc2=duration=0.2", "-f", "null", "-"],
    {
      outputs: 0,
      stallMs: longMs,
      signal,
    },
  );
  const pulse = setInterval(run.alive, 10);
  expect(await run.result).toMatchObject({ exitCode: 0 });
  clearInterval(pulse);
  run.alive();
});

test("memory beyond the limit is refused to it, in words", async () => {
  // `reverse` keeps them all: 16 pictures of 8192 × 8192 in 8-bit RGBA are 4.3 GB.
  const graph = "color=size=8192x8192:rate=1,format=rgba,negate,reverse";
  const run = runTool(
    "ffmpeg",
    ["-v", "error", "-f", "lavfi", "-i", graph, "-frames:v", "16", "-f", "null", "-"],
    {
      outputs: 0,
      stallMs: longMs,
      signal,
    },
  );
  const end = await run.result.then(
    ({ exitCode, log, usage }) => ({ exitCode, log, peak: usage.peakBytes }),
    (failure: { code: string }) => ({ exitCode: 1, log: failure.code, peak: 0 }),
  );
  expect(end.exitCode).not.toBe(0);
  expect(end.log).toMatch(/Cannot allocate memory|too_large/);
  expect(end.peak).toBeLessThan(maxToolMemoryBytes * 1.25);
});

test("more output than a caller can take ends the tool", async () => {
  const args = ["-v", "error", "-f", "lavfi", "-i", "testsrc2", "-f", "rawvideo", "-"];
  const run = runToEnd("ffmpeg", args, { stallMs: longMs, signal, maxBytes: 1_000_000 });
  await expect(run).rejects.toMatchObject({ code: "too_large" });
});

test.runIf(existsSync("/usr/bin/prlimit"))("a file larger than was planned ends the tool", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "run-ffmpeg-"));
  const file = path.join(folder, "film.nut");
  const raw = ["-v", "error", "-f", "lavfi", "-i", "testsrc2", "-t", "60", "-c:v", "rawvideo", file];
  const options = { outputs: 0, stallMs: longMs, signal };
  const planned = runTool("ffmpeg", raw, { ...options, fileBytes: 1_000_000 });
  await expect(planned.result).rejects.toMatchObject({ code: "too_much_output", retryable: true });
  expect(statSync(file).size).toBeLessThanOrEqual(1_000_000);
  // Who has planned no file gets none.
  const unplanned = runTool("ffmpeg", ["-y", ...raw], options);
  await expect(unplanned.result).rejects.toMatchObject({ code: "too_much_output" });
  rmSync(folder, { recursive: true });
});
