/**
 * Measures three servers of the same bytes in turn: our gateway (token, country, policy, ranges, counting), a Worker that
 * just returns bytes from its memory, and nginx with static files. Both Workers run in a workerd of their own, started in
 * the same way. Servers share the first processor, the load comes from the second.
 */
import { spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import path from "node:path";
import { ensureTools } from "../../../scripts/local/tools.ts";
import { UserError } from "../../../scripts/local/user-error.ts";
import { serveNginx } from "../measure/serve-nginx.ts";
import type { Server } from "../measure/serve-worker.ts";
import { writeFigures } from "../measure/write-figures.ts";
import { type Load, measureServer } from "./measure-server.ts";
import { serveMarquee } from "./serve-marquee.ts";
import { serveTrivial } from "./serve-trivial.ts";
import { type EdgeSummary, type Round, summarizeEdge, writeEdgeSummary } from "./summarize-edge.ts";

/** 6 s of 720p at 2 Mbit/s, and of its sound at 128 kbit/s. */
const segmentBytes = 1_500_000;
const soundBytes = 96_000;

const connections = 8;

/** Settings of the bench. */
export interface EdgeOptions {
  rounds: number;
  /** Seconds of load on each server in a round, per object. */
  seconds: number;
  /** The file for the figures as JSON, besides the table. */
  json: string | null;
}

/** Runs the bench. @returns the exit status: 1 when a goal is missed. @throws UserError */
export async function benchEdge({ rounds, seconds, json }: EdgeOptions): Promise<number> {
  ensureTools("nginx");
  if (availableParallelism() < 2) throw new UserError("This needs two processors: one serves, one asks.");
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-bench-"));
  const servers: Server[] = [];
  const leaving = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => leaving.abort());
  try {
    const segment = randomFillSync(new Uint8Array(segmentBytes));
    const sound = randomFillSync(new Uint8Array(soundBytes));
    const gateway = await serveMarquee({ segment, sound }, folder);
    servers.push(gateway);
    const headers = ["Marquee-Country: DE"];
    const playlist = await warmUp(gateway);
    const files = { "segment.m4s": segment, "sound.m4s": sound, "main.m3u8": playlist };
    const trivial = await serveTrivial({ segment, sound, playlist }, folder);
    servers.push(trivial);
    const site = path.join(folder, "static");
    mkdirSync(site);
    for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(site, name), bytes);
    const nginx = await serveNginx(site, folder);
    servers.push(nginx);
    for (const { pids } of servers) for (const pid of pids) pin(pid);

    const ours = {
      "segment.m4s": gateway.segmentPath,
      "sound.m4s": gateway.soundPath,
      "main.m3u8": gateway.multivariantPath,
    };
    const measure = async (name: keyof typeof files, asked: number): Promise<Round> => {
      const bytes = files[name].byteLength;
      const load = (it: string): Load => ({ path: it, bytes, headers, connections, seconds: asked });
      leaving.signal.throwIfAborted();
      return {
        gateway: await measureServer(gateway, load(ours[name])),
        trivial: await measureServer(trivial, load(`/${name}`)),
        nginx: await measureServer(nginx, load(`/${name}`)),
      };
    };
    console.log(
      `${availableParallelism()} processors, load ${loadavg()[0]?.toFixed(1)}; ${rounds} rounds of ${seconds} s, ${connections} connections`,
    );
    const results: Partial<Record<keyof typeof files, { rounds: Round[]; summary: EdgeSummary }>> = {};
    for (const [name, what] of [
      ["segment.m4s", "A cached segment"],
      ["sound.m4s", "A cached segment of sound"],
      ["main.m3u8", "A cached multivariant playlist"],
    ] as const) {
      await measure(name, Math.min(2, seconds)); // compiled and warm
      const measured: Round[] = [];
      for (let n = 0; n < rounds; n++) measured.push(await measure(name, seconds));
      const summary = summarizeEdge(measured);
      results[name] = { rounds: measured, summary };
      console.log(`\n${writeEdgeSummary(what, files[name].byteLength, summary)}`);
    }
    const { cpuToTrivial, rateToTrivial } = results["segment.m4s"]?.summary ?? {
      cpuToTrivial: 0,
      rateToTrivial: 0,
    };
    const reached = cpuToTrivial <= 1.5 && rateToTrivial >= 0.7;
    console.log(`\nGoals for a segment: CPU ≤ 1.5×, requests/s ≥ 0.7×: ${reached ? "reached" : "missed"}`);
    writeFigures(json, { processors: availableParallelism(), connections, seconds, results });
    return reached ? 0 : 1;
  } finally {
    for (const server of servers.toReversed()) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Has everything cached that the bench will ask for. @returns the multivariant playlist */
async function warmUp(gateway: Awaited<ReturnType<typeof serveMarquee>>): Promise<Uint8Array> {
  const get = async (where: string): Promise<Uint8Array> => {
    const headers = { "Marquee-Country": "DE", "Accept-Encoding": "identity" };
    const response = await fetch(new URL(where, gateway.url), { headers });
    if (response.status !== 200)
      throw new UserError(`The gateway answered ${response.status}: ${await response.text()}`);
    return await response.bytes();
  };
  for (let n = 0; n < 3; n++) for (const path of [gateway.segmentPath, gateway.soundPath]) await get(path);
  return await get(gateway.multivariantPath);
}

/** Keeps all threads of a server on the first processor. */
function pin(pid: number): void {
  const { status, stderr } = spawnSync("taskset", ["-a", "-c", "-p", "0", String(pid)], { encoding: "utf8" });
  if (status !== 0) throw new UserError(`taskset could not keep ${pid} on one processor: ${stderr}`);
}
