/**
 * `npm run simulate`: the hit ratios of an evening's million requests, in a model of the tiered cache; and `premiere`: what a
 * million viewers ask of the database and the storage. See `--help`.
 */
import "../../scripts/local/exit-with-parent.ts";
import { parseArgs } from "node:util";
import { runScript, UserError } from "../../scripts/local/user-error.ts";
import { longTail, premiere, simulateAudience } from "./simulate-audience.ts";
import { ordinaryScenario, simulateEdge } from "./simulate-edge.ts";
import { writeAudience } from "./write-audience.ts";
import { hitRatio, writeOutcome } from "./write-outcome.ts";

const usage = `npm run simulate -- [--requests N] [--warm-up N] [--films N] [--zipf S] [--seed N]
npm run simulate -- premiere [--viewers N] [--sample N] [--seed N]

  Viewers from 249 countries watch films with twelve policy rules through 50 locations of the network: our own decisions
  and our own cache keys, on a model of Workers Cache. Shows the answers of each tier, by class of object, and the same
  evening with keys that hold the viewer's country or token.
  --requests  requests that are counted, 1000000 unless said
  --warm-up   requests before them, which fill the caches, 4000000 unless said
  --films     films in the library, 300 unless said
  --zipf      exponent of the films' popularity (Zipf's law), 1 unless said
  --seed      number that another evening of the same kind is drawn from

  premiere: a million viewers start one film within a minute, and as many watch a long tail of 20,000 films. Shows what reaches
  isolates, feed, R2 and D1 in a second.
  --viewers   viewers, 1000000 unless said
  --sample    one isolate in so many is played, and stands for so many, 50 unless said
`;

await runScript(async () => {
  const { requests, warmUp, films, zipf, seed } = ordinaryScenario;
  const number = (otherwise: number) => ({ type: "string", default: String(otherwise) }) as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: "boolean", default: false },
      requests: number(requests),
      "warm-up": number(warmUp),
      films: number(films),
      zipf: number(zipf),
      seed: number(seed),
      viewers: number(premiere.viewers),
      sample: number(50),
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (positionals[0] === "premiere") {
    const sample = numberOf("--sample", values.sample, 1);
    const viewers = numberOf("--viewers", values.viewers, 1);
    const seed = numberOf("--seed", values.seed, 0);
    for (const [words, of] of [
      [`${viewers} viewers start one film within a minute`, premiere],
      [`${viewers} viewers of ${longTail.films} films`, longTail],
    ] as const) {
      const scenario = { ...of, seed, viewers: Math.ceil(viewers / sample) };
      console.log(`${words}\n${writeAudience(scenario, await simulateAudience(scenario), sample)}\n`);
    }
    return 0;
  }
  if (positionals.length > 0)
    throw new UserError(`There is no ${positionals[0]}. See npm run simulate -- --help`);
  const scenario = {
    ...ordinaryScenario,
    requests: numberOf("--requests", values.requests, 1),
    warmUp: numberOf("--warm-up", values["warm-up"], 0),
    films: numberOf("--films", values.films, 1),
    zipf: numberOf("--zipf", values.zipf, 0),
    seed: numberOf("--seed", values.seed, 0),
  };
  console.log(
    `${scenario.requests} requests after ${scenario.warmUp} that filled the caches, ${scenario.films} films, Zipf exponent ${scenario.zipf}, seed ${scenario.seed}\n`,
  );
  console.log(writeOutcome(simulateEdge(scenario)));
  console.log("\n  Hit ratios of the same evening, if keys also held");
  for (const [what, keyOf] of [
    ["the raw country", (path: string, { country }: { country: string }) => `${country} ${path}`],
    ["the token", (path: string, _: unknown, session: number) => `${session} ${path}`],
  ] as const) {
    const outcome = simulateEdge({ ...scenario, keyOf });
    const ratios = ["multivariant", "media_playlist", "init", "segment"].map(
      (name) => `${name} ${(100 * hitRatio(outcome, name)).toFixed(2)} %`,
    );
    console.log(`    ${what.padEnd(16)} ${ratios.join(", ")}`);
  }
  return 0;
});

function numberOf(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= least))
    throw new UserError(`${name} takes a number from ${least} on.`);
  return value;
}
