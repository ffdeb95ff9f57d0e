/** `npm run fuzz -- [--requests 100000] [--seed N]`: hostile requests through the real gateway; see test/fuzz. */
import "../../scripts/local/exit-with-parent.ts";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { parseArgs } from "node:util";
import { projectRoot } from "../../scripts/local/project-root.ts";
import { runScript, UserError } from "../../scripts/local/user-error.ts";

await runScript(async () => {
  const { values } = parseArgs({
    options: {
      help: { type: "boolean", default: false },
      requests: { type: "string", default: "100000" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
    },
  });
  if (values.help) {
    console.log(
      "npm run fuzz -- [--requests 100000] [--seed N]\n\n  Sends hostile requests through the real gateway; ends with 1 when one of them gets a 5xx, or media without a right to it.",
    );
    return 0;
  }
  if (!/^[1-9]\d{0,8}$/.test(values.requests) || !/^\d{1,10}$/.test(values.seed)) {
    throw new UserError("Give whole numbers: npm run fuzz -- --requests 100000 --seed 1");
  }
  const vitest = path.join(projectRoot, "node_modules/vitest/vitest.mjs");
  const child = spawn(process.execPath, [vitest, "run", "--project", "workers", "test/fuzz"], {
    cwd: projectRoot,
    stdio: "inherit",
    env: { ...process.env, FUZZ_REQUESTS: values.requests, FUZZ_SEED: values.seed },
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, "close");
  return typeof code === "number" ? code : 1;
});
