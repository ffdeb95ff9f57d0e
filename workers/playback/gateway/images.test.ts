import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, expect, test, vi } from "vitest";
import { refusalOf, type SendOptions, send } from "../../../test/support/http.ts";
import { publishHere } from "../../../test/support/publish-here.ts";
import { showOnShelf } from "../../../test/support/publish-shelf.ts";
import { seedFilm } from "../../../test/support/seed-film.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { seededKeys, seedTitle } from "../../../test/support/seed-title.ts";
import { signIn } from "../../../test/support/sign-in.ts";
import { openDatabase } from "../../catalog/database.ts";
import { posterOf } from "../../catalog/poster-folder.ts";
import { assets, titles } from "../../catalog/schema.ts";
import { peekFilm } from "../published/published.ts";

const db = openDatabase(env);
const day = 86_400_000;

afterEach(() => {
  vi.useRealTimers();
});

function posterPath(assetId: string, key: string = seededKeys.poster, width = 640): string {
  return `${posterOf(assetId, { key, width, height: 1 })?.folder}/poster-${width}.jpg`;
}

/** Status and code, and who may keep the answer. */
async function look(path: string, options: SendOptions = {}): Promise<string> {
  const response = await send(path, options);
  const said = response.ok ? [response.status] : await refusalOf(response);
  await response.body?.cancel().catch(() => undefined);
  return [...said, response.headers.get("Cache-Control")].join(" ");
}

/** A film of `producer` with the policy. */
async function ruled(producer: { producerId: string; key: string }, policy: unknown) {
  const film = await seedTitle(env);
  const { producerId } = producer;
  await db.update(titles).set({ producerId }).where(eq(titles.id, film.titleId));
  await db.update(assets).set({ producerId }).where(eq(assets.id, film.assetId));
  await publishHere(env, { titleIds: [film.titleId] });
  const put = { method: "PUT", key: producer.key, body: policy, headers: { "If-Match": "*" } };
  expect((await send(`/v1/titles/${film.titleId}/policy`, put)).status).toBe(200);
  return film;
}

test("a poster needs no token, and only its viewer may keep it, for minutes", async () => {
  const { assetId } = await seedTitle(env);
  for (const width of [640, 1280]) {
    const path = posterPath(assetId, seededKeys.poster, width);
    const response = await send(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("image/jpeg");
    expect(response.headers.get("Cache-Control")).toBe("private, max-age=300");
    expect(new TextDecoder().decode(await response.arrayBuffer())).toBe(`jpeg of ${width}`);
    const etag = response.headers.get("ETag") ?? "";
    expect((await send(path, { headers: { "If-None-Match": etag } })).status).toBe(304);
    const head = await send(path, { method: "HEAD" });
    expect(head.headers.get("Content-Length")).toBe(String(`jpeg of ${width}`.length));
  }
});

test("no media comes out here, whatever is asked", async () => {
  const { assetId } = await seedTitle(env);
  for (const path of [
    `${assetId}/${seededKeys.video720}/seg-00000.m4s`,
    `${assetId}/${seededKeys.video720}/init.mp4`,
    `${assetId}/${seededKeys.video720}/playlist.m3u8`,
    `${assetId}/${seededKeys.video720}/poster-640.jpg`,
    `${assetId}/${seededKeys.poster}/poster-641.jpg`,
    `${assetId}/${seededKeys.poster}/seg-00000.m4s`,
    `${assetId}/..%2f${seededKeys.poster}/poster-640.jpg`,
    `${assetId}/${seededKeys.poster}`,
    `ast_unknown/${seededKeys.poster}/poster-640.jpg`,
    `..%2f..%2f/${seededKeys.poster}/poster-640.jpg`,
    `%00/${seededKeys.poster}/poster-640.jpg`,
    "",
  ]) {
    const response = await send(`/images/${path}`);
    expect([path, response.status]).toEqual([path, 404]);
    await response.body?.cancel();
  }
});

test("the poster of a deleted asset is gone", async () => {
  const { titleId, assetId } = await seedTitle(env);
  await db.update(assets).set({ deletedAt: 1 }).where(eq(assets.id, assetId));
  await publishHere(env, { titleIds: [titleId] });
  expect((await send(posterPath(assetId))).status).toBe(404);
});

test("what may not be watched is not shown either, and refused with the film's own code", async () => {
  const producer = await seedProducer(env);
  const opens = new Date(Date.now() + day).toISOString();
  const film = await ruled(producer, {
    rules: [
      { name: "soon", territories: ["SE"], windows: [{ opens }] },
      { name: "here", territories: ["DE"] },
      { name: "elsewhere", deny: true },
    ],
  });
  const withheld = await ruled(producer, { rules: [{ name: "withheld", deny: true }] });
  const path = posterPath(film.assetId);
  expect(await look(path, { country: "DE" })).toBe("200 private, max-age=300");
  expect(await look(path, { country: "SE" })).toBe("451 not_yet_available private, max-age=5");
  expect(await look(path, { country: "FR" })).toBe("403 withheld private, max-age=5");
  expect(await look(posterPath(withheld.assetId))).toBe("403 withheld private, max-age=5");
  const lists = await seedTitle(env, { blockedCountries: ["DE"] });
  expect(await look(posterPath(lists.assetId))).toBe("451 not_available_in_country private, max-age=5");
  // Whatever keeps it lets it go by the moment at which it closes.
  const now = Date.now();
  const closes = new Date(now + 60_000).toISOString();
  const closing = await ruled(producer, { rules: [{ name: "a minute", windows: [{ closes }] }] });
  vi.useFakeTimers({ toFake: ["Date"], now: now + 58_500 });
  expect(await look(posterPath(closing.assetId))).toBe("200 private, max-age=1");
  vi.setSystemTime(now + 60_000);
  expect(await look(posterPath(closing.assetId))).toContain("451 no_longer_available_here");
});

test("a producer shows a poster to everybody, and takes it back", async () => {
  const producer = await seedProducer(env);
  const film = await ruled(producer, { rules: [{ name: "withheld", deny: true }] });
  const title = `/v1/titles/${film.titleId}`;
  const patch = (poster_access: unknown) =>
    send(title, { method: "PATCH", key: producer.key, body: { poster_access } });
  expect(await (await send(title, { key: producer.key })).json()).toMatchObject({ poster_access: "rules" });
  expect(await (await patch("public")).json()).toMatchObject({ poster_access: "public" });
  expect(await look(posterPath(film.assetId))).toBe("200 public, max-age=3600");
  expect((await patch("everybody")).status).toBe(422);
  expect((await patch("rules")).status).toBe(200);
  expect(await look(posterPath(film.assetId))).toContain("403 withheld");
});

test("the studio shows its own producer what viewers may not see, and nobody else", async () => {
  const [owner, other] = [await seedProducer(env), await seedProducer(env)];
  const film = await ruled(owner, { rules: [{ name: "withheld", deny: true }] });
  const seen = async (Cookie: string) => await look(posterPath(film.assetId), { headers: { Cookie } });
  expect(await seen(await signIn(owner.key))).toBe("200 no-store");
  for (const cookie of [await signIn(other.key), "__Host-marquee_session=made-up", "x=y"]) {
    expect(await seen(cookie)).toContain("403 withheld");
  }
});

test("every poster that the home page shows a viewer can be seen by them", async () => {
  const countries = ["DE", "SE"];
  for (const blocked of [[], ["DE"], ["SE"], ["DE", "SE"]])
    await seedFilm(env, { blockedCountries: blocked });
  const { assetId } = await seedTitle(env, { allowedCountries: ["DE"] });
  await showOnShelf(env);
  for (const country of countries) {
    const html = await (await send("/", { country })).text();
    const shown = new Set([...html.matchAll(/\/images\/(ast_\w+\/[\w-]+)\/poster-640/g)].map(([, it]) => it));
    expect(shown.size).toBeGreaterThan(1);
    expect(html.includes(assetId)).toBe(country === "DE");
    for (const folder of shown) {
      const answer = await look(`/images/${folder}/poster-640.jpg`, { country });
      // Seeded films have no objects: what matters is that nothing but their bytes is missing.
      expect(answer, folder).toMatch(/^200 private|^404 media_not_found/);
    }
  }
});

test("two thousand made-up ids push out nothing that the isolate holds", async () => {
  const { titleId, assetId } = await seedTitle(env);
  await publishHere(env, { titleIds: [titleId] });
  const path = posterPath(assetId);
  expect(await look(path)).toContain("200");
  const held = peekFilm(assetId, Date.now());
  expect(held).toBeDefined();
  for (let n = 0; n < 2500; n += 50) {
    const ids = Array.from({ length: 50 }, (_, at) => `ast_madeup${n + at}`);
    const answers = await Promise.all(ids.map((id) => look(posterPath(id))));
    expect(new Set(answers)).toEqual(new Set(["404 not_found no-store"]));
  }
  expect(await look(path)).toContain("200");
  // The very same object: read again, it would be another.
  expect(peekFilm(assetId, Date.now())?.film).toBe(held?.film);
});
