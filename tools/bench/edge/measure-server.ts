/** One server under load for some seconds: how many requests, how fast, and what each cost it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { UserError } from "../../../scripts/local/user-error.ts";
import { readProcessTimes } from "../measure/read-process-times.ts";
import type { Server } from "../measure/serve-worker.ts";
import type { LoadResult } from "./generate-load.ts";

/** The load on a server. */
export interface Load {
  /** The path, and what it must give. */
  path: string;
  bytes: number;
  headers: string[];
  connections: number;
  seconds: number;
}

/** The result of one run. */
export interface Measured {
  requestsPerSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Processor time of the server's processes per request, microseconds. */
  cpuMicroseconds: number;
}

/** Runs the load in a process of its own, on the second processor. @throws UserError when a request failed */
export async function measureServer(server: Server, load: Load): Promise<Measured> {
  const url = new URL(load.path, server.url).href;
  const script = path.join(import.meta.dirname, "generate-load.ts");
  const node = [process.execPath, "--no-warnings", script, url, load.connections, load.seconds, load.bytes];
  const [command, ...args] = ["taskset", "-c", "1", ...node.map(String), ...load.headers];
  const before = cpuOf(server.pids);
  const child = spawn(command ?? "", args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await once(child, "close");
  const cpu = cpuOf(server.pids) - before;
  const result: LoadResult = JSON.parse(output);
  if (result.failure !== null) throw new UserError(`${url} did not answer as it must: ${result.failure}`);
  return {
    requestsPerSecond: result.requests / result.seconds,
    p50: result.latencies.p50,
    p99: result.latencies.p99,
    cpuMicroseconds: (cpu / result.requests) * 1e6,
  };
}

function cpuOf(pids: number[]): number {
  const all = readProcessTimes();
  return pids.reduce((sum, pid) => sum + (all.get(pid)?.seconds ?? 0), 0);
}
