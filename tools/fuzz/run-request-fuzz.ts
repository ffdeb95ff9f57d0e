/** Runs the fuzz of the gateway, of the API or of both in workerd, as tests are run. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { projectRoot } from "../../scripts/local/project-root.ts";

const files = { gateway: "test/fuzz/fuzz.test.ts", api: "test/fuzz/api/api-fuzz.test.ts" } as const;

/** @param requests how many of each kind. @returns the exit code */
export async function runRequestFuzz(
  kinds: readonly (keyof typeof files)[],
  requests: string,
  seed: string,
): Promise<number> {
  const vitest = path.join(projectRoot, "node_modules/vitest/vitest.mjs");
  const child = spawn(
    process.execPath,
    [vitest, "run", "--project", "workers", ...kinds.map((kind) => files[kind])],
    {
      cwd: projectRoot,
      stdio: "inherit",
      env: { ...process.env, FUZZ_REQUESTS: requests, FUZZ_API_REQUESTS: requests, FUZZ_SEED: seed },
    },
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, "close");
  return typeof code === "number" ? code : 1;
}
