/** `npm run test:faults -- [--seed N] [--faults 200] [--assets 20]`: breaks the real stack at random, and counts what is lost. */
import "../../scripts/local/exit-with-parent.ts";
import { parseArgs } from "node:util";
import { ensureTools } from "../../scripts/local/tools.ts";
import { runScript, UserError } from "../../scripts/local/user-error.ts";
import { isGood } from "./check-run.ts";
import { runFaults } from "./run-faults.ts";
import { formatVerdict } from "./verdict.ts";

/** A run of 200 faults takes about ten minutes on two processors; longer than this, something hangs. */
const patienceMs = 25 * 60_000;

await runScript(async () => {
  ensureTools("ffmpeg", "ffprobe");
  const { values } = parseArgs({
    options: {
      help: { type: "boolean", default: false },
      seed: { type: "string", default: String(Math.floor(Math.random() * 1e6)) },
      faults: { type: "string", default: "200" },
      assets: { type: "string", default: "20" },
    },
  });
  if (values.help) {
    console.log(
      "npm run test:faults -- [--seed N] [--faults 200] [--assets 20]\n\n  Breaks the real stack at random while films are processed; ends with 1 when anything is lost. About ten minutes.",
    );
    return 0;
  }
  const [seed, faults, assets] = [values.seed, values.faults, values.assets].map(Number);
  if (!(Number.isInteger(seed) && Number(faults) > 0 && Number(assets) > 0)) {
    throw new UserError("Give whole numbers: npm run test:faults -- --seed 1 --faults 200 --assets 20");
  }
  console.log(`seed ${seed}`);
  const verdict = await runFaults({
    seed: seed ?? 0,
    faults: faults ?? 0,
    assets: assets ?? 0,
    isWithLostDatabases: true,
    patienceMs,
    say: (line) => console.log(line),
  });
  console.log(formatVerdict(verdict));
  return isGood(verdict) ? 0 : 1;
});
