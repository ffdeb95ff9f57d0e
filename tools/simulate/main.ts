/** `npm run simulate`: the hit ratios of an evening's million requests, in a model of the tiered cache. See `--help`. */
import "../../scripts/local/exit-with-parent.ts";
import { parseArgs } from "node:util";
import { runScript, UserError } from "../../scripts/local/user-error.ts";
import { ordinaryScenario, simulateEdge } from "./simulate-edge.ts";
import { hitRatio, writeOutcome } from "./write-outcome.ts";

const usage = `npm run simulate -- [--requests N] [--warm-up N] [--films N] [--zipf S] [--seed N]

  Viewers from 249 countries watch films with twelve policy rules through 50 locations of the network: our own decisions
  and our own cache keys, on a model of Workers Cache. Shows the answers of each tier, by class of object, and the same
  evening with keys that hold the viewer's country or token.
  --requests  requests that are counted, 1000000 unless said
  --warm-up   requests before them, which fill the caches, 4000000 unless said
  --films     films in the library, 300 unless said
  --zipf      exponent of the films' popularity (Zipf's law), 1 unless said
  --seed      number that another evening of the same kind is drawn from
`;

await runScript(async () => {
  const { requests, warmUp, films, zipf, seed } = ordinaryScenario;
  const number = (otherwise: number) => ({ type: "string", default: String(otherwise) }) as const;
  const { values } = parseArgs({
    options: {
      help: { type: "boolean", default: false },
      requests: number(requests),
      "warm-up": number(warmUp),
      films: number(films),
      zipf: number(zipf),
      seed: number(seed),
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
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
