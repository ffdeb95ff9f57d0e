import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { send } from "../../../test/support/http.ts";
import { showOnShelf } from "../../../test/support/publish-shelf.ts";
import { seedFilm } from "../../../test/support/seed-film.ts";

const get = (path: string, country?: string) => send(path, { country, headers: { Accept: "text/html" } });
/** Asks as from an address of the internet. */
const getFrom = (address: string, path: string) =>
  send(path, { headers: { Accept: "text/html", "CF-Connecting-IP": address } });
const page = async (path: string, country?: string) => (await get(path, country)).text();

test("an empty library is friendly, and so is a search that finds nothing", async () => {
  expect(await page("/")).toContain("No films yet");
  const nothing = await get("/?q=zebra");
  expect(nothing.status).toBe(200);
  expect(await nothing.text()).toContain("No films found");
});

test("films are shown with posters, newest on top; unpublished ones are not", async () => {
  const film = await seedFilm(env, { title: "Oldest", createdAt: 1 });
  await seedFilm(env, { title: "Newest", createdAt: 9_000 });
  await seedFilm(env, { title: "Not yet", status: "preparing" });
  await seedFilm(env, { title: "Never", status: "errored" });
  await showOnShelf(env);
  const html = await page("/");
  expect(html).toMatch(/<h2 id="featured">Newest<\/h2>/);
  expect(html).toContain(`href="/watch/${film.slug}"`);
  expect(html).toContain(`src="/images/${film.assetId}/${film.posterKey}/poster-640.jpg"`);
  expect(html).toMatch(/<img[^>]+width="1280" height="720"[^>]+loading="lazy"/);
  expect(html).not.toContain("Not yet");
  expect(html).not.toContain("Never");
});

test("a portrait film is shown whole", async () => {
  await seedFilm(env, { title: "Tall", size: { width: 720, height: 1280 }, createdAt: 2 });
  await showOnShelf(env);
  expect(await page("/?q=tall")).toContain('class="poster whole"');
});

test("each viewer sees what their country may watch, in lists and in search", async () => {
  await seedFilm(env, { title: "Only Germans", allowedCountries: ["DE"], createdAt: 3 });
  await seedFilm(env, { title: "No Germans", blockedCountries: ["DE"], createdAt: 4 });
  await showOnShelf(env);
  for (const path of ["/", "/?q=germans"]) {
    const german = await page(path, "DE");
    expect(german).toContain("Only Germans");
    expect(german).not.toContain("No Germans");
    const french = await page(path, "FR");
    expect(french).not.toContain("Only Germans");
    expect(french).toContain("No Germans");
  }
});

test("titles and searches are escaped", async () => {
  const hostile = `<script>alert(1)</script>"'&`;
  await seedFilm(env, { title: `Hostile ${hostile}`, createdAt: 5 });
  await showOnShelf(env);
  for (const path of ["/", `/?q=${encodeURIComponent(`hostile ${hostile}`)}`]) {
    const html = await page(path);
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html).not.toContain("<script>alert");
  }
});

test("hostile searches and cursors are a page, never an error", async () => {
  for (const q of [
    '"',
    "*",
    "AND OR NOT",
    "a NEAR/0 b",
    "{title}:x",
    "\u0000",
    "\ud800",
    "%",
    "x".repeat(10_240),
  ]) {
    const response = await get(`/?q=${encodeURIComponent(q.toWellFormed())}`);
    expect(response.status, q.slice(0, 20)).toBe(200);
  }
  for (const query of [
    "after=x",
    "after=1-ttl_'",
    "after=s",
    "after=szzzzzzz",
    "after=s0",
    "q=a&page=0",
    "q=a&page=-1",
    "q=a&page=99999",
    "q=%ff",
    "q=a&page=9999",
    "q=night&page=9999",
    "q=",
  ]) {
    expect((await get(`/?${query}`)).status, query).toBe(200);
  }
});

test("a long list goes on, page by page", async () => {
  for (let at = 0; at < 40; at++) await seedFilm(env, { title: `Serial ${at}`, createdAt: 20_000 + at });
  await showOnShelf(env);
  const seen = new Set<string>();
  let link: string | null = "/";
  let pages = 0;
  while (link !== null) {
    const html: string = await page(link);
    for (const [, title] of html.matchAll(/Serial (\d+)</g)) seen.add(title ?? "");
    const next: string | undefined = /rel="next" href="([^"]+)"/.exec(html)?.[1];
    link = next?.replaceAll("&amp;", "&") ?? null;
    pages++;
  }
  expect(seen.size).toBe(40);
  expect(pages).toBe(2);
  const search = await page("/?q=serial");
  expect(search).toContain("40 films");
  expect(search).toContain('href="/?q=serial&amp;page=2"');
});

test("a search for nothing, or for one letter, shows the newest films and a hint", async () => {
  for (const q of ["", "s", "%20", "%22%22", "a%20b"]) {
    const html = await page(`/?q=${q}`);
    expect(html, q).toContain("at least two letters");
    expect(html, q).toContain('id="featured"');
  }
  expect(await page("/?q=%E6%9D%B1")).toContain("No films found");
});

test("a country in which nothing may be watched is told so, with nowhere to go on to", async () => {
  await env.DB.prepare("UPDATE titles SET blocked_countries = '[\"IS\"]'").run();
  await showOnShelf(env);
  const html = await page("/", "IS");
  expect(html).toContain("No films for you here yet");
  expect(html).not.toContain("last page");
  expect(html).not.toContain("More films");
  expect(html).not.toContain("Upload a film");
  expect(await page("/", "SE")).toContain('id="featured"');
});

test("too many searches from one address are refused in words, and others go on", async () => {
  const statuses: number[] = [];
  for (let at = 0; at < 40; at++) statuses.push((await getFrom("203.0.113.9", `/?q=many${at}`)).status);
  expect(statuses.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 200));
  const refused = await getFrom("203.0.113.9", "/?q=more");
  // A slow machine gives a token back every half second.
  expect([200, 429]).toContain(refused.status);
  expect(statuses).toContain(429);
  expect((await getFrom("203.0.113.10", "/?q=more")).status).toBe(200);
});

test("when the search's database fails the page says so, and shows the newest films", async () => {
  await env.SEARCH.exec("DROP TABLE films_search");
  const response = await get("/?q=whatever");
  expect(response.status).toBe(503);
  const html = await response.text();
  expect(html).toContain("The search does not answer just now");
  expect(html).toContain('id="featured"');
  expect((await get("/")).status).toBe(200);
});

test("the link to older films names none that is hidden, also where the next one is", async () => {
  const films: { titleId: string; assetId: string; slug: string }[] = [];
  // The newest of a page is shown large: with it 31 films are on the first page.
  for (let at = 0; at < 44; at++) {
    const isHidden = at === 43 - 31;
    const allowedCountries = isHidden ? ["FR"] : ["NZ"];
    films.unshift(await seedFilm(env, { title: `Film ${at}`, allowedCountries, createdAt: 90_000 + at }));
  }
  await showOnShelf(env);
  const html = await page("/", "NZ");
  const [last, hidden, next] = films.slice(30, 33);
  const cursor = /rel="next" href="\/\?after=([^"]+)"/.exec(html)?.[1] ?? "";
  expect(html).toContain(`/watch/${last?.slug}"`);
  expect(html).not.toContain(`/watch/${next?.slug}"`);
  for (const name of [hidden?.titleId, hidden?.slug, hidden?.assetId]) {
    expect(html).not.toContain(name);
  }
  // It is the place of the last film shown, and nothing that the service would take for a title.
  expect(cursor).toMatch(/^s[0-9a-z]{1,7}$/);
  expect((await send("/v1/playback", { body: { title: cursor } })).status).toBe(404);
  const older = await page(`/?after=${cursor}`, "NZ");
  expect(older).toContain(`/watch/${next?.slug}"`);
  expect(older).not.toContain(`/watch/${hidden?.slug}"`);
});
