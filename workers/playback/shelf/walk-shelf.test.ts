import fc from "fast-check";
import { expect, test } from "vitest";
import type { OpenClasses } from "./open-classes.ts";
import type { ClassRules, ShelfBlock, ShelfIndex } from "./shelf-objects.ts";
import { type ShelfReader, walkShelf } from "./walk-shelf.ts";

const rules: ClassRules = { allowedCountries: null, blockedCountries: [], hasOwnPolicy: false, policy: null };

/** A shelf that lies in memory: the class of each position; null where there is no film. */
function shelfOf(
  classes: readonly (string | null)[],
  lost: { indexes?: boolean } = {},
): ShelfReader & { reads: number } {
  const film = (position: number, name: string) => ({
    ...{ position, class: name, slug: `f-${position}`, title: "", assetId: "a" },
    ...{ durationSeconds: null, poster: null },
  });
  const block = (number: number): ShelfBlock => {
    const films = classes
      .slice(number * 100, number * 100 + 100)
      .flatMap((name, at) => (name === null ? [] : [film(number * 100 + at, name)]))
      .toReversed();
    return { changedAt: 0, films, classes: Object.fromEntries(films.map((it) => [it.class, rules])) };
  };
  const reader = {
    reads: 0,
    async block(number: number) {
      reader.reads++;
      return block(number);
    },
    async index(group: number): Promise<ShelfIndex | null> {
      reader.reads++;
      if (lost.indexes === true) return null;
      const numbers = Array.from({ length: 100 }, (_, at) => group * 100 + at);
      const blocks = Object.fromEntries(
        numbers.map((number) => [number, { classes: Object.keys(block(number).classes), networks: [] }]),
      );
      // "long" stands for rules too long for an index.
      const names = new Set(Object.values(blocks).flatMap((it) => it.classes));
      names.delete("long");
      return { blocks, classes: Object.fromEntries([...names].map((name) => [name, rules])) };
    },
  };
  return reader;
}

const open = (...names: string[]): OpenClasses => ({
  isOpen: (hash) => names.includes(hash),
  changesAt: () => null,
});

test("any shelf and page size gives each open film once, newest first, in full pages", async () => {
  const name = fc.oneof(
    { weight: 6, arbitrary: fc.constant("closed") },
    { weight: 1, arbitrary: fc.constantFrom("open", "long", null) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(name, { maxLength: 700, size: "max" }),
      fc.integer({ min: 1, max: 31 }),
      fc.boolean(),
      async (classes, limit, indexes) => {
        const reader = shelfOf(classes, { indexes });
        const seen: number[] = [];
        let after: number | null = classes.length;
        while (after !== null) {
          const page: Awaited<ReturnType<typeof walkShelf>> = await walkShelf(
            { after, limit },
            reader,
            open("open", "long"),
          );
          // A page is short only at the end, and what follows a page is never empty.
          expect(page.films.length).toBe(page.next === null ? page.films.length : limit);
          if (after !== classes.length) expect(page.films.length).toBeGreaterThan(0);
          seen.push(...page.films.map(({ position }) => position));
          after = page.next;
        }
        const wanted = classes.flatMap((it, at) => (it === "open" || it === "long" ? [at] : []));
        expect(seen).toEqual(wanted.toReversed());
      },
    ),
    { numRuns: 100 },
  );
});

test("a country with few films among many passes over closed blocks", async () => {
  // 40 open films among 200,000.
  const classes = Array.from({ length: 200_000 }, (_, at) => (at % 5000 === 17 ? "rare" : "usual"));
  const reader = shelfOf(classes);
  const page = await walkShelf({ after: classes.length, limit: 30 }, reader, open("rare"));
  expect(page.films).toHaveLength(30);
  expect(page.next).toBe(page.films.at(-1)?.position);
  expect(reader.reads).toBeLessThan(60);
  const closed = shelfOf(classes);
  expect(await walkShelf({ after: classes.length, limit: 30 }, closed, open())).toEqual({
    films: [],
    next: null,
  });
  expect(closed.reads).toBe(20);
});

test("a walk that finds nothing in 400 objects stops, and says where to go on", async () => {
  const classes = Array.from({ length: 60_000 }, (_, at) => (at === 5 ? "rare" : "usual"));
  const reader = shelfOf(classes, { indexes: true });
  const first = await walkShelf({ after: classes.length, limit: 30 }, reader, open("rare"));
  expect(first.films).toEqual([]);
  expect(reader.reads).toBeLessThanOrEqual(405);
  const next = await walkShelf({ after: first.next ?? 0, limit: 30 }, reader, open("rare"));
  expect(next.films.map(({ position }) => position)).toEqual([5]);
});
