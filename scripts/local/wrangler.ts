/** Calling wrangler: always this project's own, quiet, and never interactive. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { projectRoot } from "./project-root.ts";
import { UserError } from "./user-error.ts";

/** wrangler itself; its `bin` is only a wrapper that starts this in another process. */
export const wranglerFile = path.join(projectRoot, "node_modules/wrangler/wrangler-dist/cli.js");

/** Keeps wrangler from asking questions, from phoning home, and from colouring logs. */
export const wranglerEnv: Record<string, string> = {
  CI: "1",
  NO_COLOR: "1",
  FORCE_COLOR: "0",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  // Its own log, in the home folder and for everybody to read, would hold every address that is asked for: tokens too.
  WRANGLER_WRITE_LOGS: "false",
  // Its explorer would give the database and all media to every program on this machine, without a key.
  X_LOCAL_EXPLORER: "false",
};

/** Longest that a wrangler command may take, milliseconds: it asks a database, or an account, some questions. */
const commandMs = 5 * 60_000;

/** The end of a wrangler command. */
export interface WranglerResult {
  exitCode: number;
  /** Both streams, in the order they came. */
  output: string;
}

/** Runs one wrangler command to its end. `input` becomes its standard input. */
export async function runWrangler(args: string[], options: { input?: string } = {}): Promise<WranglerResult> {
  const child = spawn(process.execPath, ["--no-warnings", wranglerFile, ...args], {
    cwd: projectRoot,
    env: { ...process.env, ...wranglerEnv },
    stdio: ["pipe", "pipe", "pipe"],
    timeout: commandMs,
    killSignal: "SIGKILL",
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  child.stdin.end(options.input ?? "");
  const [exitCode, signal] = await once(child, "close");
  if (signal !== null) output += `\nIt was ended by ${String(signal)}.`;
  return { exitCode: typeof exitCode === "number" ? exitCode : 1, output };
}

/** Runs one wrangler command that has to succeed. @returns its output. @throws UserError with its output. */
export async function mustWrangler(args: string[], options: { input?: string } = {}): Promise<string> {
  const { exitCode, output } = await runWrangler(args, options);
  if (exitCode !== 0) throw new UserError(`wrangler ${args.join(" ")} failed:\n${output.trim()}`);
  return output;
}
