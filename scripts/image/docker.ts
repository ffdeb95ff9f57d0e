/** Calling the docker program. */
import { spawn } from "node:child_process";
import { projectRoot } from "../local/project-root.ts";
import { UserError } from "../local/user-error.ts";

/** A docker command as it ended. */
export interface DockerResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/**
 * Ways to run a docker command: `signal` ends it; `isShown` lets the person see its output, which is not kept then; `env` are
 * variables that it has besides ours.
 */
export interface DockerOptions {
  signal?: AbortSignal;
  isShown?: boolean;
  env?: Record<string, string>;
}

/** Runs one docker command to its end. @returns null when there is no docker program. @throws the abort signal's reason */
export async function runDocker(args: string[], options: DockerOptions = {}): Promise<DockerResult | null> {
  const { signal, isShown = false } = options;
  signal?.throwIfAborted();
  const child = spawn("docker", args, {
    cwd: projectRoot,
    env: { ...process.env, ...options.env },
    detached: true, // a process group of its own: Ctrl-C reaches only us, and what cleans up is not cut short
    stdio: ["ignore", isShown ? 2 : "pipe", isShown ? 2 : "pipe"],
    ...(signal === undefined ? {} : { signal }),
  });
  const result: DockerResult = { exitCode: 1, stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      result[name] += text;
    });
  }
  return await new Promise((resolve, reject) => {
    child.on("error", (error) => {
      if ("code" in error && error.code === "ENOENT") resolve(null);
      else if (!signal?.aborted) reject(error);
    });
    child.on("close", (exitCode) => {
      if (signal?.aborted) reject(signal.reason);
      else resolve({ ...result, exitCode: exitCode ?? 1 });
    });
  });
}

/** Runs one docker command that has to succeed. @returns its standard output. @throws UserError with its error output */
export async function mustDocker(args: string[], options: DockerOptions = {}): Promise<string> {
  const result = await runDocker(args, options);
  if (result?.exitCode === 0) return result.stdout.trim();
  throw new UserError(`docker ${args[0]} failed. ${result?.stderr.trim() ?? ""}`.trim());
}
