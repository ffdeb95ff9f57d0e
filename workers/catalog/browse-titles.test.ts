import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { seedFilm } from "../../test/support/seed-film.ts";
import { type PageCursor, readCursor, writeCursor } from "../shared/page-cursor.ts";
import { browseTitles } from "./browse-titles.ts";

const ids: string[] = [];

beforeAll(async () => {
  for (let at = 0; at < 23; at++) {
    const film = await seedFilm(env, { title: `Film ${at}`, createdAt: 1000 - Math.floor(at / 4) });
    ids.push(film.titleId);
  }
  await seedFilm(env, { status: "preparing" });
  await seedFilm(env, { status: "errored" });
});

test("any page size and any rule gives each permitted title once, newest first", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 5 }),
      async (limit, every) => {
        const permitted = new Set(ids.filter((_, index) => index % every === 0));
        const seen: { id: string; createdAt: number }[] = [];
        let after: PageCursor | null = null;
        do {
          const page: Awaited<ReturnType<typeof browseTitles>> = await browseTitles(env, {
            after,
            limit,
            mayShow: (title) => permitted.has(title.id),
          });
          expect(page.titles.length).toBeLessThanOrEqual(limit);
          seen.push(...page.titles);
          after = page.next === null ? null : readCursor(writeCursor(page.next));
        } while (after !== null);
        expect(seen.map((title) => title.id).toSorted()).toEqual([...permitted].toSorted());
        expect(seen).toEqual(seen.toSorted((a, b) => b.createdAt - a.createdAt));
      },
    ),
    { numRuns: 25 },
  );
});
