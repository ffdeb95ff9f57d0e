/**
 * `npm run fuzz -- [gateway|api|films]`: hostile requests through the real Worker (see test/fuzz), or damaged films through the
 * transcoder (see films).
 */
import "../../scripts/local/exit-with-parent.ts";
import { parseArgs } from "node:util";
import { runScript, UserError } from "../../scripts/local/user-error.ts";
import { fuzzContainers } from "./films/film-seeds.ts";
import { runFilmFuzz } from "./films/run-film-fuzz.ts";
import { runRequestFuzz } from "./run-request-fuzz.ts";

const help = `npm run fuzz -- [gateway] [api] [--requests 100000] [--seed N]
npm run fuzz -- films [--mutants 2000] [--container mp4] [--only N] [--keep FOLDER] [--seed N]

  gateway  requests for media: no 5xx, no byte without a right to it
  api      requests to every route of the API and the pages: no 5xx, no bare refusal, no missing header, nothing of another's
  films    damaged films of every container through the transcoder: each ends with a code, or plays, within its time and memory

Without a word: gateway and api. Every run prints its seed; ends with 1 when there is a finding.
--container one of ${fuzzContainers.join(", ")}; --only the one mutant of that number; --keep where films of findings are put.`;

const whole = /^\d{1,9}$/;

await runScript(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: "boolean", default: false },
      requests: { type: "string", default: "100000" },
      mutants: { type: "string", default: "2000" },
      container: { type: "string" },
      only: { type: "string" },
      keep: { type: "string" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const { requests, mutants, seed, only = "0" } = values;
  const kinds = positionals.length === 0 ? ["gateway", "api"] : positionals;
  const areWhole = [requests, mutants, seed, only].every((text) => whole.test(text));
  if (!areWhole || requests === "0" || mutants === "0") {
    throw new UserError("Give whole numbers: npm run fuzz -- --requests 100000 --seed 1");
  }
  if (kinds.length === 1 && kinds[0] === "films") {
    const containers = fuzzContainers.filter(
      (name) => values.container === undefined || values.container === name,
    );
    if (containers.length === 0)
      throw new UserError(`Name one of these containers: ${fuzzContainers.join(", ")}`);
    const numbers = values.only === undefined ? [...Array(Number(mutants)).keys()] : [Number(only)];
    return await runFilmFuzz({ containers, numbers, seed: Number(seed), keep: values.keep ?? null });
  }
  const requestKinds = kinds.filter((kind) => kind === "gateway" || kind === "api");
  if (requestKinds.length < kinds.length) throw new UserError(help);
  return await runRequestFuzz(requestKinds, requests, seed);
});
