/** Marquee's command line: `npm run marquee -- --help`. Results on standard output, everything else on standard error. */
import "../local/exit-with-parent.ts";
import { readFileSync } from "node:fs";
import path from "node:path";
import { findServer } from "../client/find-server.ts";
import { projectRoot } from "../local/project-root.ts";
import { UserError } from "../local/user-error.ts";
import { accountCommand } from "./account-command.ts";
import { assetCommand } from "./asset-commands.ts";
import { deadLetterCommand } from "./dead-letter-commands.ts";
import { keyCommand } from "./key-commands.ts";
import { type Command, parseArguments, usage } from "./parse-arguments.ts";
import { rebuildCommand } from "./rebuild-command.ts";
import { signingKeyCommand } from "./signing-key-commands.ts";
import { Interrupted, uploadCommand } from "./upload-command.ts";

/** The exit code that shells report for a program that Ctrl-C ended. */
const interruptedExitCode = 130;
const usageExitCode = 2;

/** Milliseconds that a command has after Ctrl-C to end by itself. */
const graceMs = 2000;

const leaving = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    leaving.abort(new Interrupted("Stopped."));
    setTimeout(() => process.exit(interruptedExitCode), graceMs).unref();
  });
}
// A reader that has seen enough (`| head -1`) is no error.
process.stdout.on("error", () => process.exit(0));

const args = process.argv.slice(2);
process.exitCode = await run(args).catch((error: unknown) => failed(error, args.includes("--json")));
process.exit(); // idle connections of the HTTP client would keep the process for seconds

async function run(words: string[]): Promise<number> {
  const command = parseArguments(words);
  if (command.name === "help") {
    process.stdout.write(usage);
    return 0;
  }
  const { json, words: text, exitCode } = await perform(command);
  if (command.json) process.stdout.write(`${JSON.stringify(json)}\n`);
  else if (text !== "") process.stdout.write(`${text}\n`);
  return exitCode;
}

async function perform(command: Exclude<Command, { name: "help" }>) {
  const server = findServer(command, process.env, readLocal());
  if (command.name === "upload") return uploadCommand(server, command, leaving.signal);
  if (command.name === "dead-letters" || command.name === "rerun") {
    return { ...(await deadLetterCommand(server, command)), exitCode: 0 };
  }
  if (command.name === "account") return { ...(await accountCommand(server)), exitCode: 0 };
  if (command.name === "rebuild") return { ...(await rebuildCommand(server, command)), exitCode: 0 };
  if (command.name === "keys") return { ...(await keyCommand(server, command)), exitCode: 0 };
  if (command.name === "signing-keys") return { ...(await signingKeyCommand(server, command)), exitCode: 0 };
  return { ...(await assetCommand(server, command)), exitCode: 0 };
}

function readLocal(): string | null {
  try {
    return readFileSync(path.join(projectRoot, ".marquee/local.json"), "utf8");
  } catch {
    return null;
  }
}

function failed(error: unknown, json: boolean): number {
  if (error instanceof Interrupted) {
    console.error(error.message);
    return interruptedExitCode;
  }
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  if (json) {
    const line = { status: "errored", error: { code: error.code, detail: error.message } };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
  return error.code === "usage" ? usageExitCode : 1;
}
