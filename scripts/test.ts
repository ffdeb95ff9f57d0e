/**
 * `npm test`: all tests, or those that the arguments choose: `npm test -- --project workers`, `npm test -- --changed`
 * (what the uncommitted changes can touch; `--changed main` since a commit). Last line: the count.
 */
import "./local/exit-with-parent.ts";
import { execFileSync } from "node:child_process";
import { projectRoot } from "./local/project-root.ts";
import { ensureTools } from "./local/tools.ts";
import { runScript } from "./local/user-error.ts";
import { countResults, slowestFiles, summaryLine, sumOf } from "./test/count-results.ts";
import { planRuns } from "./test/plan-runs.ts";
import { runVitest } from "./test/run-vitest.ts";

await runScript(async () => {
  ensureTools("ffmpeg", "ffprobe", "chromium");
  const args = process.argv.slice(2);
  const planned = planRuns(args, () => changedFiles(args[1] ?? "HEAD"));
  const runs = await Promise.all(
    planned.map((run, n) => runVitest(run, { isBeside: n > 0, printsLines: planned.length > 1 })),
  );
  const count = sumOf(runs.map(({ report, exitCode }) => countResults(report, exitCode)));
  for (const line of count.outsideTests) console.log(line);
  console.log("Slowest files:");
  for (const { file, seconds } of slowestFiles(runs.map(({ report }) => report))) {
    console.log(`  ${seconds.toFixed(1).padStart(6)} s  ${file.replace(`${projectRoot}/`, "")}`);
  }
  console.log(summaryLine(count));
  const isChanged = args[0] === "--changed";
  return count.failed > 0 || (count.passed === 0 && !isChanged) ? 1 : 0;
});

/** Lists files that differ from a commit, new ones that git does not know yet among them. */
function changedFiles(commit: string): string[] {
  const git = (...command: string[]) =>
    execFileSync("git", command, { cwd: projectRoot, encoding: "utf8" }).split("\n").filter(Boolean);
  return [...git("diff", "--name-only", commit), ...git("ls-files", "--others", "--exclude-standard")];
}
