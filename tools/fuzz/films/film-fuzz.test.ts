/** A few damaged films of every container, always the same ones; `npm run fuzz -- films` takes as many others as it is told. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Random } from "../../../test/support/random.ts";
import { deadlineMs, mostProcessBytes, mostToolBytes } from "./film-limits.ts";
import { FilmRunner } from "./film-runner.ts";
import { filmSeeds, fuzzContainers } from "./film-seeds.ts";
import { faultOf, fuzzFilms } from "./fuzz-films.ts";
import { mutateFilm } from "./mutate-film.ts";

/** Damaged films of each container. */
const mutants = 3;

test("damaged films end with a code or play, in their share of time and memory", { timeout: 0 }, async () => {
  const numbers = [...Array(mutants).keys()];
  const fuzz = { containers: fuzzContainers, numbers, seed: 5, keep: null, onEnd: () => undefined };
  const { findings, counts } = await fuzzFilms(fuzz);
  expect(findings).toEqual([]);
  expect([...counts.values()].reduce((sum, times) => sum + times, 0)).toBe(mutants * fuzzContainers.length);
  // All refused, or none, would mean that nothing was tried.
  expect([...counts.keys()].some((kind) => kind.endsWith(" ready"))).toBe(true);
  expect([...counts.keys()].some((kind) => !kind.endsWith(" ready"))).toBe(true);
});

test("a whole film of every container is ready", { timeout: 0 }, async () => {
  const runner = new FilmRunner();
  try {
    for (const container of fuzzContainers) {
      for (const seed of filmSeeds[container]) {
        const end = await runner.run(seed());
        expect([container, end.code, faultOf(end, 0)]).toEqual([container, "ready", null]);
      }
    }
  } finally {
    runner.close();
  }
});

test("a process that ends in the middle of a film is a finding, and the next film has a new one", async () => {
  const runner = new FilmRunner();
  try {
    const running = runner.run(filmSeeds.avi[0]());
    runner.close();
    const end = await running;
    expect(faultOf(end, 0)).toMatch(/^died: /);
    expect(await runner.run(filmSeeds.avi[0]())).toMatchObject({ code: "ready" });
  } finally {
    runner.close();
  }
});

test("what no film may end with is told", () => {
  const good = { code: "ready", detail: "", unplayable: null, toolBytes: 1, processBytes: 1 };
  const refused = { ...good, code: "damaged", detail: "This file is damaged: it is. Export it again." };
  expect([faultOf(good, 1), faultOf(refused, 1)]).toEqual([null, null]);
  expect(faultOf({ ...good, unplayable: "v64p has 3 of 25 pictures" }, 1)).toMatch(/3 of 25/);
  expect(faultOf({ ...good, code: "transcoder_broken", detail: "x" }, 1)).toMatch(/transcoder_broken/);
  expect(faultOf({ ...refused, detail: "no" }, 1)).toMatch(/without a sentence/);
  expect(faultOf(good, deadlineMs + 1)).toMatch(/took/);
  expect(faultOf({ ...good, toolBytes: mostToolBytes + 1 }, 1)).toMatch(/tool/);
  expect(faultOf({ ...good, processBytes: mostProcessBytes + 1 }, 1)).toMatch(/process/);
});

test("the same draws make the same film, and another one than was given", () => {
  const film = readFileSync(filmSeeds.mp4[0]());
  const before = film.toString("hex");
  for (let seed = 0; seed < 200; seed++) {
    const [one, same] = [mutateFilm(film, new Random(seed)), mutateFilm(film, new Random(seed))];
    expect(one.bytes.equals(same.bytes)).toBe(true);
    expect(one.changes.length).toBeGreaterThan(0);
  }
  expect(film.toString("hex")).toBe(before);
});
