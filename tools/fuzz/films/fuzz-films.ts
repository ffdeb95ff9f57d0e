/** Mutates films of every container, takes each through the transcoder, and says which did not end as films must. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Random } from "../../../test/support/random.ts";
import { deadlineMs, mostProcessBytes, mostToolBytes } from "./film-limits.ts";
import type { MutantEnd } from "./film-process.ts";
import { FilmRunner } from "./film-runner.ts";
import { endingOf, type FuzzContainer, filmSeeds } from "./film-seeds.ts";
import { mutateFilm } from "./mutate-film.ts";

/** A run of the fuzz. */
export interface FilmFuzz {
  containers: readonly FuzzContainer[];
  /** Of each container: the numbers of its mutants. */
  numbers: readonly number[];
  seed: number;
  /** Where films of findings are kept; null: nowhere. */
  keep: string | null;
  onEnd: (done: number) => void;
}

/** The outcome of a run. */
export interface FilmFuzzOutcome {
  /** How often films ended with each code, by `{container} {code}`. */
  counts: Map<string, number>;
  /** A sentence each, with what repeats it. */
  findings: string[];
  slowestMs: number;
  mostToolBytes: number;
}

/** Codes that no film may end with: they blame us, or leave the producer without advice. */
const ours = new Set([
  "transcoder_broken",
  "too_slow",
  "died",
  "threw",
  "storage_unreachable",
  "bad_encoder_output",
]);

/** Runs it. */
export async function fuzzFilms(fuzz: FilmFuzz): Promise<FilmFuzzOutcome> {
  const outcome: FilmFuzzOutcome = { counts: new Map(), findings: [], slowestMs: 0, mostToolBytes: 0 };
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-film-fuzz-"));
  const runner = new FilmRunner();
  let done = 0;
  try {
    for (const number of fuzz.numbers) {
      for (const container of fuzz.containers) {
        await tryMutant(fuzz, { container, number, folder, runner, outcome });
        fuzz.onEnd(++done);
      }
    }
    return outcome;
  } finally {
    runner.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Attempt {
  container: FuzzContainer;
  number: number;
  folder: string;
  runner: FilmRunner;
  outcome: FilmFuzzOutcome;
}

async function tryMutant(
  fuzz: FilmFuzz,
  { container, number, folder, runner, outcome }: Attempt,
): Promise<void> {
  // Each mutant has draws of its own, so that it can be made again without the others.
  const random = new Random(Math.imul(fuzz.seed, 1_000_003) + number);
  const [first, ...others] = filmSeeds[container];
  const seed = random.pick([first, ...others])();
  const { bytes, changes } = mutateFilm(readFileSync(seed), random);
  const file = path.join(folder, `${container}-${fuzz.seed}-${number}.${endingOf(seed)}`);
  writeFileSync(file, bytes);
  const began = performance.now();
  const end = await runner.run(file);
  const tookMs = Math.round(performance.now() - began);
  outcome.slowestMs = Math.max(outcome.slowestMs, tookMs);
  outcome.mostToolBytes = Math.max(outcome.mostToolBytes, end.toolBytes);
  const kind = `${container} ${end.code}`;
  outcome.counts.set(kind, (outcome.counts.get(kind) ?? 0) + 1);
  const fault = faultOf(end, tookMs);
  if (fault !== null) {
    const again = `npm run fuzz -- films --container ${container} --seed ${fuzz.seed} --only ${number}`;
    outcome.findings.push(`${container} ${number} (${changes.join("; ")}): ${fault}\n    ${again}`);
    if (fuzz.keep !== null) writeFileSync(path.join(fuzz.keep, path.basename(file)), bytes);
  }
  rmSync(file);
}

/** Tells what is wrong with the way in which a film ended; null when nothing is. */
export function faultOf(
  { code, detail, unplayable, toolBytes, processBytes }: MutantEnd,
  tookMs: number,
): string | null {
  if (ours.has(code)) return `${code}: ${detail}`;
  if (unplayable !== null) return `ready, but ${unplayable}`;
  if (code !== "ready" && !/^[A-Z].{20,}\.$/s.test(detail)) return `${code} without a sentence: ${detail}`;
  if (tookMs > deadlineMs) return `took ${tookMs} ms`;
  if (toolBytes > mostToolBytes) return `a tool took ${toolBytes} bytes`;
  return processBytes > mostProcessBytes ? `the task's process took ${processBytes} bytes` : null;
}
