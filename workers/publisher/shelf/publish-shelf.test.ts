import { env, exports } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeEach, expect, test, vi } from "vitest";
import { forgetShelf, showOnShelf } from "../../../test/support/publish-shelf.ts";
import { seedFilm } from "../../../test/support/seed-film.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, policyVersions, serviceState, titles } from "../../catalog/schema.ts";
import { listFilms } from "../../playback/shelf/list-films.ts";
import { blockKey, headKey, indexKey, shelfBlock, shelfHead } from "../../playback/shelf/shelf-objects.ts";
import type { PolicyViewer } from "../../playback/viewer.ts";
import { updateShelf } from "./update-shelf.ts";

const db = openDatabase(env);
const german: PolicyViewer = { country: "DE", asn: null, isTor: false };

beforeEach(async () => {
  for (const table of [titles, assets, policyVersions, serviceState]) await db.delete(table);
  await env.SEARCH.exec("DELETE FROM films");
  const { objects } = await env.MEDIA.list({ prefix: "edge/shelf/" });
  await env.MEDIA.delete(objects.map(({ key }) => key));
  await forgetShelf();
});

async function list(viewer = german, cursor = "", limit = 30) {
  return await listFilms(exports.Origin, viewer, { cursor, limit }, Date.now());
}
const namesOf = async (viewer = german) => (await list(viewer)).films.map(({ title }) => title);

async function readHead() {
  return shelfHead.parse(await (await env.MEDIA.get(headKey))?.json());
}

test("a title gets its place once, when it can first be watched, and keeps it", async () => {
  const first = await seedFilm(env, { title: "First" });
  const waiting = await seedFilm(env, { title: "Waiting", status: "preparing" });
  await showOnShelf(env);
  await seedFilm(env, { title: "Third" });
  await showOnShelf(env);
  await db.update(assets).set({ revision: 1, status: "ready" }).where(eq(assets.id, waiting.assetId));
  await db.update(titles).set({ assetId: waiting.assetId }).where(eq(titles.id, waiting.titleId));
  await showOnShelf(env);
  expect(await namesOf()).toEqual(["Waiting", "Third", "First"]);
  await db.update(assets).set({ deletedAt: 5 }).where(eq(assets.id, first.assetId));
  await showOnShelf(env);
  expect(await namesOf()).toEqual(["Waiting", "Third"]);
  await db.update(assets).set({ deletedAt: null }).where(eq(assets.id, first.assetId));
  await showOnShelf(env);
  expect(await namesOf()).toEqual(["Waiting", "Third", "First"]);
});

test("new films leave pages further back as they are, and cursors good", async () => {
  for (let at = 0; at < 12; at++) await seedFilm(env, { title: `Film ${at}` });
  await showOnShelf(env);
  const { edition } = await readHead();
  const first = await list(german, "", 5);
  expect(first.films.map(({ title }) => title)).toEqual(["Film 11", "Film 10", "Film 9", "Film 8", "Film 7"]);
  await seedFilm(env, { title: "Newer" });
  await showOnShelf(env);
  expect((await readHead()).edition).toBe(edition);
  const second = await list(german, first.next ?? "", 5);
  expect(second.films[0]?.title).toBe("Film 6");
  const third = await list(german, second.next ?? "", 5);
  expect([third.films.length, third.next]).toEqual([2, null]);
});

test("a changed title, its rights or the service's rules end what caches hold", async () => {
  const film = await seedFilm(env, { title: "Before" });
  await showOnShelf(env);
  expect(await namesOf()).toEqual(["Before"]);
  const { edition } = await readHead();
  await db.update(titles).set({ title: "After" }).where(eq(titles.id, film.titleId));
  await showOnShelf(env);
  expect(await namesOf()).toEqual(["After"]);
  expect((await readHead()).edition).toBeGreaterThan(edition);
  await db
    .update(titles)
    .set({ blockedCountries: ["DE"] })
    .where(eq(titles.id, film.titleId));
  await showOnShelf(env);
  expect(await namesOf()).toEqual([]);
  await db.update(titles).set({ blockedCountries: [] }).where(eq(titles.id, film.titleId));
  const document = { rules: [{ name: "not now", territories: ["DE"], deny: true }] };
  const version = { version: 1, kind: "own" as const, producerId: "prd_1", createdAt: 0 };
  await db.insert(policyVersions).values({ scope: "service", document, ...version });
  await showOnShelf(env);
  expect(await namesOf()).toEqual([]);
  expect(await namesOf({ ...german, country: "FR" })).toEqual(["After"]);
});

test("a list ends when a class on the way to it opens or closes", async () => {
  const film = await seedFilm(env, { title: "Tomorrow" });
  const opens = new Date(Date.now() + 30_000).toISOString();
  const document = { rules: [{ name: "later", windows: [{ opens }] }] };
  const version = { version: 1, kind: "own" as const, producerId: "prd_1", createdAt: 0 };
  await db.insert(policyVersions).values({ scope: film.titleId, document, ...version });
  await db.update(titles).set({ hasOwnPolicy: true, policyVersion: 1 });
  await seedFilm(env, { title: "Today" });
  await showOnShelf(env);
  expect(await namesOf()).toEqual(["Today"]);
  const { edition, top } = await readHead();
  const response = await exports.Origin.fetch(`http://origin/shelf/${edition}/FR/${top}`);
  await response.body?.cancel();
  const seconds = Number(
    /max-age=(\d+)(?:, stale-while-revalidate=(\d+))?$/.exec(
      response.headers.get("Cache-Control") ?? "",
    )?.[1],
  );
  expect(seconds).toBeGreaterThan(10);
  expect(seconds).toBeLessThanOrEqual(30);
  expect(response.headers.get("Cache-Control")).not.toContain("86400");
});

test("viewers share a list unless a rule names their network", async () => {
  const film = await seedFilm(env, { title: "For one network" });
  const document = { rules: [{ name: "ours", asns: [64_500] }], default: { deny: true } };
  const version = { version: 1, kind: "own" as const, producerId: "prd_1", createdAt: 0 };
  await db.insert(policyVersions).values({ scope: film.titleId, document, ...version });
  await db.update(titles).set({ hasOwnPolicy: true, policyVersion: 1 });
  await seedFilm(env, { title: "For all" });
  await showOnShelf(env);
  const asked = vi.fn((request: Request) => exports.Origin.fetch(request));
  const origin = { fetch: asked } as unknown as Fetcher;
  const names = async (asn: number) => {
    const page = await listFilms(origin, { ...german, asn }, { cursor: "", limit: 30 }, Date.now());
    return page.films.map(({ title }) => title);
  };
  expect(await names(64_500)).toEqual(["For all", "For one network"]);
  expect(await names(3320)).toEqual(["For all"]);
  expect(await names(7018)).toEqual(["For all"]);
  const paths = asked.mock.calls.map(([request]) => new URL(request.url).pathname).slice(1);
  expect(new Set(paths).size).toBe(2);
});

test("writers at the same time leave the newest state, whoever ends last", async () => {
  const film = await seedFilm(env, { title: "Title 0" });
  await showOnShelf(env);
  const change = { seq: 1, scope: "title", id: film.titleId } as const;
  // The first writer reads the row, and is held up before it writes the block.
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let isHeld = false;
  const slow = new Proxy(env.MEDIA, {
    get(target, name) {
      if (name !== "put") {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return async (...put: Parameters<R2Bucket["put"]>) => {
        if (put[0] === blockKey(0) && !isHeld) {
          isHeld = true;
          await held;
        }
        return await target.put(...put);
      };
    },
  });
  await db.update(titles).set({ title: "Title 1" });
  const first = updateShelf({ DB: env.DB, MEDIA: slow }, [change], Date.now());
  await vi.waitUntil(() => isHeld);
  await db.update(titles).set({ title: "Title 2" });
  await updateShelf(env, [change], Date.now());
  goOn();
  await first;
  await forgetShelf();
  expect(await namesOf()).toEqual(["Title 2"]);
});

test("a writer that dies between a block and the head has its edition raised by the next", async () => {
  const film = await seedFilm(env, { title: "Before" });
  await showOnShelf(env);
  const { edition } = await readHead();
  await db.update(titles).set({ title: "After" });
  const change = { seq: 1, scope: "title", id: film.titleId } as const;
  const dying = new Proxy(env.MEDIA, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== "put") return typeof value === "function" ? value.bind(target) : value;
      return async (...put: Parameters<R2Bucket["put"]>) => {
        if (put[0] === headKey) throw new Error("died");
        return await target.put(...put);
      };
    },
  });
  await expect(updateShelf({ DB: env.DB, MEDIA: dying }, [change], Date.now())).rejects.toThrow("died");
  expect((await readHead()).edition).toBe(edition);
  await updateShelf(env, [change], Date.now());
  expect((await readHead()).edition).toBeGreaterThan(edition);
});

test("a shelf whose objects are lost, and a search that is emptied, are made again", async () => {
  for (let at = 0; at < 5; at++) await seedFilm(env, { title: `Lost ${at}` });
  await showOnShelf(env);
  await env.MEDIA.delete([headKey, blockKey(0), indexKey(0)]);
  await env.SEARCH.exec("DELETE FROM films");
  await showOnShelf(env);
  expect(await namesOf()).toHaveLength(5);
  const rows = await env.SEARCH.prepare("SELECT count(*) AS n FROM films WHERE words <> ''").first<number>(
    "n",
  );
  expect(rows).toBe(5);
});

test("a viewer's list reads nothing from D1, cold or warm", async () => {
  for (let at = 0; at < 40; at++) await seedFilm(env, { title: `Film ${at}` });
  await showOnShelf(env);
  // All databases share it, so the search's counts as well.
  const prepared = vi.spyOn(Object.getPrototypeOf(env.DB), "prepare");
  await db.$count(titles);
  expect(prepared).toHaveBeenCalledOnce();
  prepared.mockClear();
  const get = async (path: string) => {
    const request = new Request(`https://marquee.test${path}`, { cf: { country: "SE" } });
    return await (await exports.default.fetch(request)).text();
  };
  const cold = await get("/");
  expect(cold).toContain("Film 39");
  expect(await get("/")).toBe(cold);
  const next = /rel="next" href="([^"]+)"/.exec(cold)?.[1] ?? "";
  expect(await get(next)).toContain("Film 0");
  expect(prepared).not.toHaveBeenCalled();
  prepared.mockRestore();
});

test("blocks hold a hundred places, and what is unreadable is written anew", async () => {
  for (let at = 0; at < 101; at++) await seedFilm(env, { title: `Film ${at}` });
  await showOnShelf(env);
  for (const [number, films] of [
    [0, 100],
    [1, 1],
  ] as const) {
    const block = shelfBlock.parse(await (await env.MEDIA.get(blockKey(number)))?.json());
    expect(block.films).toHaveLength(films);
    expect(Object.keys(block.classes)).toHaveLength(1);
  }
  await env.MEDIA.put(blockKey(1), "{");
  await forgetShelf();
  await db.update(titles).set({ title: "Anew" }).where(eq(titles.shelfPosition, 100));
  await showOnShelf(env);
  expect((await namesOf())[0]).toBe("Anew");
});
