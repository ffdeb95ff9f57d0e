/** A whole Marquee for one bench, which leaves nothing behind. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../../../scripts/local/free-port.ts";
import { type Stack, startStack } from "../../../scripts/local/stack.ts";

/**
 * Starts a stack, runs `bench` on it, and removes it, also when it is interrupted.
 * @param vars replace variables of wrangler.toml. @returns the bench's exit status, 1 when the stack did not start.
 */
export async function onOwnStack(
  vars: Record<string, string>,
  bench: (stack: Stack, state: string) => Promise<number>,
): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-bench-"));
  const leaving = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => leaving.abort());
  const state = path.join(folder, "state");
  const stack = await startStack({
    port: await freePort(),
    state,
    logs: path.join(folder, "logs"),
    vars,
    onTrouble: (line) => console.error(line),
    signal: leaving.signal,
  });
  if (stack === null) return 1;
  const end = async (): Promise<void> => {
    await stack.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  leaving.signal.addEventListener("abort", () => void end().finally(() => process.exit(1)));
  try {
    return await bench(stack, state);
  } finally {
    await end();
  }
}
