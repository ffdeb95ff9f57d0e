import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { constants, setPriority, tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { projectRoot } from "../local/project-root.ts";

/** One run of vitest as it ended: its JSON report (empty when it wrote none) and its exit code. */
export interface VitestRun {
  report: string;
  exitCode: number;
}

/**
 * Runs vitest to its end and passes its output on, line by line where another run prints beside it.
 *
 * @param args its command line after `vitest run`
 * @param options `isBeside`: another run goes on at the same time, and gets the processors first
 */
export async function runVitest(
  args: readonly string[],
  options: { isBeside: boolean; printsLines: boolean },
): Promise<VitestRun> {
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-test-"));
  const reportFile = path.join(folder, "report.json");
  const vitest = path.join(projectRoot, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
  const child = spawn(process.execPath, [vitest, "run", ...reporters, ...args], {
    cwd: projectRoot,
    stdio: options.printsLines ? ["ignore", "pipe", "pipe"] : "inherit",
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" },
  });
  if (options.isBeside && child.pid !== undefined)
    setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on("line", (line) => console.log(line));
  }
  const stop = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
  const [code] = await once(child, "close");
  const report = existsSync(reportFile) ? readFileSync(reportFile, "utf8") : "";
  rmSync(folder, { recursive: true, force: true });
  return { report, exitCode: typeof code === "number" ? code : 1 };
}
