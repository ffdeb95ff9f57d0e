/** `npm run conformance -- URL|FOLDER`: checks anybody's HLS presentation. See `--help`. */
import "../../scripts/local/exit-with-parent.ts";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { ensureTools } from "../../scripts/local/tools.ts";
import { UserError } from "../../scripts/local/user-error.ts";
import { checkPresentation } from "./check-presentation.ts";
import { brokenMusts } from "./check-rules.ts";
import { CannotRead } from "./load/source.ts";
import { parseArguments, usage } from "./parse-arguments.ts";
import { writeJson, writeTable } from "./report.ts";

const nothingChecked = 2;

// A reader that has seen enough (`| head`) is no error.
process.stdout.on("error", () => process.exit());

process.exitCode = await run(process.argv.slice(2)).catch((error: unknown) => {
  clearProgress();
  if (!(error instanceof CannotRead || error instanceof UserError)) throw error;
  console.error(error.message);
  return nothingChecked;
});

async function run(args: string[]): Promise<number> {
  const request = parseArguments(args);
  if (request === null) {
    process.stdout.write(usage);
    return 0;
  }
  if (request.decode) ensureTools("ffmpeg");
  const { json, ...options } = request;
  const { presentation, results } = await checkPresentation(fromWhereTyped(request.location), {
    ...options,
    onProgress: showProgress,
  });
  clearProgress();
  if (json === "-") process.stdout.write(writeJson(presentation, results));
  else process.stdout.write(writeTable(presentation, results));
  if (json !== null && json !== "-") writeFileSync(fromWhereTyped(json), writeJson(presentation, results));
  return brokenMusts(results).length === 0 ? 0 : 1;
}

/** npm runs scripts in the project's folder; INIT_CWD is where the person typed the name. */
function fromWhereTyped(name: string): string {
  return /^https?:\/\//.test(name) ? name : path.resolve(process.env.INIT_CWD ?? process.cwd(), name);
}

function showProgress(what: string): void {
  if (process.stderr.isTTY)
    process.stderr.write(`\r\u001b[K${what.slice(0, (process.stderr.columns ?? 80) - 1)}`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
}
