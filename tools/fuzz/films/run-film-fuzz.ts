/** The fuzz of films as a command: shows how far it is, and prints what came out. */
import { mkdirSync } from "node:fs";
import { type FilmFuzz, fuzzFilms } from "./fuzz-films.ts";

/** Films between two lines of progress. */
const progressEvery = 100;

/** @returns the exit code: 1 when a film ended as none may */
export async function runFilmFuzz(fuzz: Omit<FilmFuzz, "onEnd">): Promise<number> {
  console.log(`seed ${fuzz.seed}`);
  if (fuzz.keep !== null) mkdirSync(fuzz.keep, { recursive: true });
  const all = fuzz.numbers.length * fuzz.containers.length;
  const began = performance.now();
  const { counts, findings, slowestMs, mostToolBytes } = await fuzzFilms({
    ...fuzz,
    onEnd: (done) => {
      const seconds = Math.round((performance.now() - began) / 1000);
      if (done % progressEvery === 0 || done === all) console.log(`${done} of ${all} films in ${seconds} s`);
    },
  });
  const table = [...counts].toSorted(([, a], [, b]) => b - a);
  console.log(table.map(([kind, times]) => `${String(times).padStart(7)}  ${kind}`).join("\n"));
  console.log(`slowest film: ${slowestMs} ms; largest tool: ${Math.round(mostToolBytes / 1e6)} MB`);
  console.log(findings.length === 0 ? "no finding" : findings.join("\n"));
  return findings.length === 0 ? 0 : 1;
}
