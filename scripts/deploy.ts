/** `npm run deploy`: brings the account's database up to date, then deploys the Worker and the transcoder's image. */
import "./local/exit-with-parent.ts";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { isPlaceholder } from "./cloud/account-steps.ts";
import { ensureSignedIn, readAccountNames, readPublicOrigins } from "./cloud/read-account.ts";
import { projectRoot } from "./local/project-root.ts";
import { runScript, UserError } from "./local/user-error.ts";
import { wranglerEnv, wranglerFile } from "./local/wrangler.ts";

await runScript(async () => {
  if (readAccountNames().d1_databases.some((it) => isPlaceholder(it.database_id))) {
    throw new UserError("wrangler.toml names no real database yet. Run this first: npm run bootstrap");
  }
  if (readPublicOrigins() === "") {
    throw new UserError(
      'wrangler.toml does not say yet under which address this service runs. Write it there, for example PUBLIC_ORIGINS = "https://films.example", or https://marquee.<your subdomain>.workers.dev.',
    );
  }
  if (spawnSync("docker", ["info"], { stdio: "ignore" }).status !== 0) {
    throw new UserError(
      "Docker does not answer; it builds the transcoder's image. Start it, then try again.",
    );
  }
  await ensureSignedIn();
  // New tables before the code that reads them; old code must still run on them (docs/operations.md).
  for (const args of [
    ["d1", "migrations", "apply", "DB", "--remote"],
    ["d1", "migrations", "apply", "SEARCH", "--remote"],
    ["deploy", ...process.argv.slice(2)],
  ]) {
    const child = spawn(process.execPath, ["--no-warnings", wranglerFile, ...args], {
      cwd: projectRoot,
      stdio: "inherit",
      env: { ...process.env, ...wranglerEnv },
    });
    const [code] = await once(child, "close");
    if (code !== 0) throw new UserError(`wrangler ${args.join(" ")} failed; its words are above.`);
  }
  return 0;
});
