/** `npm test`: all tests, or those that the arguments choose (`npm test -- --project workers`). Last line: the count. */
import "./local/exit-with-parent.ts";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectRoot } from "./local/project-root.ts";
import { ensureTools } from "./local/tools.ts";
import { runScript } from "./local/user-error.ts";
import { countResults, summaryLine } from "./test/count-results.ts";

await runScript(async () => {
  ensureTools("ffmpeg", "ffprobe", "chromium");
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-test-"));
  const reportFile = path.join(folder, "report.json");
  const vitest = path.join(projectRoot, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
  const child = spawn(process.execPath, [vitest, "run", ...reporters, ...process.argv.slice(2)], {
    cwd: projectRoot,
    stdio: "inherit",
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" },
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, "close");
  const report = existsSync(reportFile) ? readFileSync(reportFile, "utf8") : "";
  rmSync(folder, { recursive: true, force: true });
  const count = countResults(report, typeof code === "number" ? code : 1);
  for (const line of count.outsideTests) console.log(line);
  console.log(summaryLine(count));
  return count.failed > 0 || count.passed === 0 ? 1 : 0;
});
