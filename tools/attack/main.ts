/** `npm run attack -- [--seed N] [--only NAME,…] [--neighbour] [--list] [--keep]`: tries doors that once stood open again. */
import "../../scripts/local/exit-with-parent.ts";
import { parseArgs } from "node:util";
import { ensureTools } from "../../scripts/local/tools.ts";
import { runScript, UserError } from "../../scripts/local/user-error.ts";
import { formatTable } from "./format-table.ts";
import { allAttacks, runAttacks } from "./run-attack.ts";
import { exitCodeOf } from "./stage/judge.ts";

const help = `npm run attack -- [--seed N] [--only NAME,…] [--neighbour] [--list] [--keep]

  Attacks a Marquee of its own on this machine: hostile films, keys, limits, viewers, other programs of a laptop.
  A line for each thing that is tried, a table at the end. About ten minutes; 20 with the neighbour.

  --seed N      repeats a run
  --only NAMES  these rows only, or those that begin so (--list names all)
  --neighbour   another producer's film while ten hostile ones are in work: must take no longer than half as long again
  --keep        keeps state and logs also when all has held

  Exit code 0: all held; 1: a door is open; 2: something could not be tried.`;

await runScript(async () => {
  const { values } = parseArgs({
    options: {
      help: { type: "boolean", default: false },
      seed: { type: "string", default: String(Math.floor(Math.random() * 1e6)) },
      only: { type: "string", default: "" },
      neighbour: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  if (values.list) {
    console.log(allAttacks.map(({ name, tries }) => `${name}: ${tries}`).join("\n"));
    return 0;
  }
  ensureTools("ffmpeg", "ffprobe");
  if (!/^\d{1,9}$/.test(values.seed)) throw new UserError("Give a whole number: npm run attack -- --seed 1");
  const wanted = values.only.split(",").filter((name) => name !== "");
  if (values.neighbour) wanted.push("neighbour");
  const attacks = allAttacks.filter(({ name }) =>
    wanted.length === 0 ? name !== "neighbour" : wanted.some((one) => name.startsWith(one)),
  );
  if (attacks.length === 0)
    throw new UserError("No row has such a name. All of them: npm run attack -- --list");
  const seed = Number(values.seed);
  console.log(`seed ${seed}`);
  const { rows, kept } = await runAttacks({
    ...{ seed, attacks, isKept: values.keep },
    say: (line) => console.log(line),
  });
  console.log(`\n${formatTable(rows, seed)}`);
  if (kept !== null) console.log(`State and logs: ${kept}`);
  return exitCodeOf(rows);
});
