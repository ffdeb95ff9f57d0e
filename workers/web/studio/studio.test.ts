import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeAll, expect, test } from "vitest";
import { type SendOptions, send } from "../../../test/support/http.ts";
import { seedFilm } from "../../../test/support/seed-film.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { endAlarm, raiseAlarm } from "../../catalog/alarms.ts";
import { openDatabase } from "../../catalog/database.ts";
import { sessions, titles } from "../../catalog/schema.ts";

const db = openDatabase(env);
let mine: { producerId: string; key: string };
let cookie: string;

const ask = (path: string, { headers, ...options }: SendOptions = {}, origin?: string) =>
  send(path, {
    ...options,
    headers: { Accept: "text/html", ...headers },
    ...(origin === undefined ? {} : { origin }),
  });

const form = (
  path: string,
  fields: Record<string, string> | string[][],
  headers: Record<string, string> = {},
) =>
  send(path, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { "Sec-Fetch-Site": "same-origin", ...headers },
  });

async function signIn(key: string): Promise<string> {
  const response = await form("/studio/sign-in", { key });
  expect(response.status).toBe(303);
  return response.headers.get("Set-Cookie")?.split(";")[0] ?? "";
}

beforeAll(async () => {
  mine = await seedProducer(env);
  cookie = await signIn(mine.key);
});

test("signing in sets a cookie that only this site's requests carry and no script can read", async () => {
  const response = await form("/studio/sign-in", { key: ` ${mine.key} ` });
  expect(response.headers.get("Location")).toBe("/studio");
  const set = response.headers.get("Set-Cookie") ?? "";
  for (const flag of ["HttpOnly", "SameSite=Strict", "Secure", "Path=/", "Max-Age=2592000"])
    expect(set).toContain(flag);
  const token = /^__Host-marquee_session=([\w-]+);/.exec(set)?.[1] ?? "";
  expect(token).toHaveLength(43);
  const rows = await db.select().from(sessions);
  expect(JSON.stringify(rows)).not.toContain(token);
});

test("on plain http (a laptop) the cookie has its plain name and is not marked Secure, or it would not be kept", async () => {
  const response = await ask(
    "/studio/sign-in",
    {
      method: "POST",
      body: new URLSearchParams({ key: mine.key }),
      headers: { Origin: "http://marquee.test" },
    },
    "http://marquee.test",
  );
  expect(response.status).toBe(303);
  const set = response.headers.get("Set-Cookie") ?? "";
  expect(set).toMatch(/^marquee_session=/);
  expect(set).not.toContain("Secure");
  // By https it counts for nothing: a sibling host, or somebody on the way of an http request, can set one of that name.
  const headers = { Cookie: set.split(";")[0] ?? "" };
  expect((await send("/v1/assets", { headers })).status).toBe(401);
  expect((await send("/v1/assets", { headers, origin: "http://marquee.test" })).status).toBe(200);
});

test("a wrong key stays on the sign-in page and sets nothing", async () => {
  for (const key of ["", "mqk_wrong_wrong", "x".repeat(5000), "' or 1=1 --", "<script>"]) {
    const response = await form("/studio/sign-in", { key });
    expect(response.status).toBe(401);
    expect(response.headers.get("Set-Cookie")).toBeNull();
    const html = await response.text();
    expect(html).toContain("This key is not valid");
    expect(html).not.toContain("<script>");
  }
});

test("a key in the URL signs nobody in", async () => {
  const response = await ask(`/studio?key=${mine.key}`);
  const html = await response.text();
  expect(html).toContain("Producer key");
  expect(html).not.toContain(mine.key);
  expect(response.headers.get("Set-Cookie")).toBeNull();
});

test("after signing in one goes on inside the studio only", async () => {
  for (const [next, expected] of [
    ["/studio/titles/ttl_abc123", "/studio/titles/ttl_abc123"],
    ["//evil.example/studio", "/studio"],
    ["https://evil.example", "/studio"],
    ["/studio/../v1", "/studio"],
  ] as const) {
    const response = await form("/studio/sign-in", { key: mine.key, next });
    expect(response.headers.get("Location"), next).toBe(expected);
  }
});

test("forms that other sites send are refused, signed in or not", async () => {
  const film = await seedFilm(env, { producerId: mine.producerId });
  for (const path of [
    "/studio/sign-in",
    "/studio/sign-out",
    `/studio/assets/${film.assetId}/delete`,
    `/studio/titles/${film.titleId}`,
  ]) {
    for (const headers of [
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
      { Origin: "https://evil.example" },
      { Origin: "null" },
      {},
    ]) {
      const response = await send(path, {
        method: "POST",
        body: new URLSearchParams({ key: mine.key, title: "Taken" }),
        headers: { Cookie: cookie, ...headers },
      });
      expect(response.status, `${path} ${JSON.stringify(headers)}`).toBe(403);
      expect(await response.text()).toContain("cross_site");
    }
  }
  const api = await ask(`/v1/assets/${film.assetId}`, {
    method: "DELETE",
    headers: { Cookie: cookie, "Sec-Fetch-Site": "cross-site" },
  });
  expect(api.status).toBe(403);
  expect((await ask(`/watch/${film.slug}`)).status).toBe(200);
});

test("the studio lists one's own films with their state, and nobody else's", async () => {
  const other = await seedProducer(env);
  await seedFilm(env, { producerId: other.producerId, title: "Somebody else’s" });
  const film = await seedFilm(env, {
    ...{ producerId: mine.producerId, title: "<img src=x onerror=alert(1)>", status: "errored" as const },
    error: { code: "no_video", detail: "No <picture> in it." },
  });
  const html = await (await ask("/studio", { headers: { Cookie: cookie } })).text();
  expect(html).toContain(`id="${film.assetId}"`);
  expect(html).toContain("No &lt;picture&gt; in it.");
  expect(html).toContain("no_video");
  // Only another file helps; the same one would fail again.
  expect(html).not.toContain(`action="/studio/assets/${film.assetId}/retry"`);
  expect(html).toContain('href="/studio#upload"');
  expect(html).not.toContain("<img src=x");
  expect(html).not.toContain("Somebody else");
  const card = await (await ask(`/studio/assets/${film.assetId}`, { headers: { Cookie: cookie } })).text();
  expect(card).toMatch(new RegExp(`^<li[^>]+data-asset="${film.assetId}"`));
});

test("a film that our side failed can be tried again", async () => {
  const film = await seedFilm(env, {
    ...{ producerId: mine.producerId, status: "errored" as const },
    error: { code: "transcoder_died", detail: "It stopped." },
  });
  const card = await (await ask(`/studio/assets/${film.assetId}`, { headers: { Cookie: cookie } })).text();
  expect(card).toContain(`action="/studio/assets/${film.assetId}/retry"`);
  expect(card).not.toContain("Upload another file");
});

test("a deleted film can be taken back at once, and from the list of deleted ones", async () => {
  const film = await seedFilm(env, { producerId: mine.producerId, title: "Regretted" });
  const headers = { Cookie: cookie };
  const page = async (path: string) => await (await send(path, { headers })).text();
  const sent = { ...headers, "Sec-Fetch-Site": "same-origin" };
  const undo = `action="/studio/assets/${film.assetId}/undelete"`;
  const deleted = await form(`/studio/assets/${film.assetId}/delete`, {}, sent);
  const location = deleted.headers.get("Location") ?? "";
  const after = await page(location);
  expect(after).toContain("Regretted is deleted.");
  expect(after).toContain(undo);
  expect((await send(`/watch/${film.slug}`)).status).toBe(404);
  const list = await page("/studio/deleted");
  expect(list).toContain(undo);
  expect(list).toContain("by Test producer");
  expect(list).toContain("removed in 30 days");
  expect((await form(`/studio/assets/${film.assetId}/undelete`, {}, sent)).status).toBe(303);
  expect((await send(`/watch/${film.slug}`)).status).toBe(200);
  expect(await page("/studio/deleted")).not.toContain(film.assetId);
  expect((await form(`/studio/assets/${film.assetId}/undelete`, {}, sent)).status).toBe(404);
});

test("an operator's studio says which alarm lasts; other producers' says nothing", async () => {
  const operator = await seedProducer(env, { isOperator: true });
  const operatorCookie = await signIn(operator.key);
  await raiseAlarm(db, "sweep_fuse", "Many objects are unknown.", 1000);
  const page = async (as: string) => await (await send("/studio", { headers: { Cookie: as } })).text();
  expect(await page(operatorCookie)).toContain("Many objects are unknown.");
  expect(await page(cookie)).not.toContain("Many objects are unknown.");
  await endAlarm(db, "sweep_fuse", 2000);
  expect(await page(operatorCookie)).not.toContain("Many objects are unknown.");
});

test("other producers' titles and films are 404 in pages and forms", async () => {
  const other = await seedProducer(env);
  const film = await seedFilm(env, { producerId: other.producerId });
  const headers = { Cookie: cookie, "Sec-Fetch-Site": "same-origin" };
  expect((await ask(`/studio/titles/${film.titleId}`, { headers })).status).toBe(404);
  expect((await ask(`/studio/assets/${film.assetId}`, { headers })).status).toBe(404);
  expect((await form(`/studio/titles/${film.titleId}`, { title: "Mine" }, headers)).status).toBe(404);
  expect((await form(`/studio/assets/${film.assetId}/delete`, {}, headers)).status).toBe(404);
  expect((await form(`/studio/assets/${film.assetId}/retry`, {}, headers)).status).toBe(404);
});

test("the title's form changes words and countries; mistakes come back with what was typed", async () => {
  const film = await seedFilm(env, { producerId: mine.producerId });
  const path = `/studio/titles/${film.titleId}`;
  const headers = { Cookie: cookie };
  const saved = await form(
    path,
    [
      ["title", "Neu"],
      ["language", "de"],
      ["territory", "only"],
      ["country", "DE"],
      ["country", "AT"],
    ],
    headers,
  );
  expect([saved.status, saved.headers.get("Location")]).toEqual([303, `${path}?saved`]);
  const row = await db.select().from(titles).where(eq(titles.id, film.titleId)).get();
  expect(row).toMatchObject({
    title: "Neu",
    language: "de",
    allowedCountries: ["AT", "DE"],
    blockedCountries: [],
  });
  const page = await (await ask(`${path}?saved`, { headers })).text();
  expect(page).toContain("Saved.");
  expect(page).toMatch(/value="DE" checked/);

  const wrong = await form(path, { title: "  ", territory: "only" }, headers);
  expect(wrong.status).toBe(422);
  const html = await wrong.text();
  expect(html).toContain("The title must have something to see.");
  expect(html).toContain("Choose at least one country");
  const half = await form(path, { title: "Neu", territory: "except" }, headers);
  expect([half.status, (await half.text()).includes("Choose at least one country")]).toEqual([422, true]);
  expect(await db.select().from(titles).where(eq(titles.id, film.titleId)).get()).toEqual(row);

  await form(
    path,
    [
      ["title", "Neu"],
      ["territory", "except"],
      ["country", "US"],
    ],
    headers,
  );
  expect(await db.select().from(titles).where(eq(titles.id, film.titleId)).get()).toMatchObject({
    ...{ allowedCountries: null, blockedCountries: ["US"], language: null },
  });
});

test("the title's form encrypts and decrypts; a form that says nothing of it changes nothing", async () => {
  const film = await seedFilm(env, { producerId: mine.producerId });
  const path = `/studio/titles/${film.titleId}`;
  const headers = { Cookie: cookie };
  const stored = async () => await db.select().from(titles).where(eq(titles.id, film.titleId)).get();
  const said = { title: "A film", territory: "everywhere" };
  expect((await form(path, { ...said, encryption: "aes-128" }, headers)).status).toBe(303);
  expect(await stored()).toMatchObject({ encryption: "aes-128", encryptionChangedAt: expect.any(Number) });
  expect(await (await send(path, { headers })).text()).toMatch(/value="aes-128" selected/);
  await form(path, said, headers);
  expect(await stored()).toMatchObject({ encryption: "aes-128" });
  await form(path, { ...said, encryption: "none" }, headers);
  expect(await stored()).toMatchObject({ encryption: "none" });
});

test("the title's form shows the poster to everybody, and takes that back", async () => {
  const film = await seedFilm(env, { producerId: mine.producerId });
  const path = `/studio/titles/${film.titleId}`;
  const headers = { Cookie: cookie };
  const stored = async () => await db.select().from(titles).where(eq(titles.id, film.titleId)).get();
  const said = { title: "A film", territory: "everywhere" };
  expect((await form(path, { ...said, poster: "public" }, headers)).status).toBe(303);
  expect(await stored()).toMatchObject({ posterAccess: "public" });
  expect(await (await send(path, { headers })).text()).toMatch(/value="public" selected/);
  await form(path, { ...said, poster: "everybody" }, headers);
  expect(await stored()).toMatchObject({ posterAccess: "public" });
  await form(path, { ...said, poster: "rules" }, headers);
  expect(await stored()).toMatchObject({ posterAccess: "rules" });
});

test("broken forms are the client's mistake, never ours", async () => {
  for (const init of [
    { body: "{", headers: { "Content-Type": "application/json" } },
    { body: "--x", headers: { "Content-Type": "multipart/form-data; boundary=y" } },
    { body: "key=%zz%ff", headers: { "Content-Type": "application/x-www-form-urlencoded" } },
    { body: `key=${"x".repeat(70_000)}`, headers: { "Content-Type": "application/x-www-form-urlencoded" } },
  ]) {
    const response = await ask("/studio/sign-in", {
      ...{ method: "POST", body: init.body },
      headers: { ...init.headers, "Sec-Fetch-Site": "same-origin" },
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
  }
});

test("a session ends when signed out, and when it is over", async () => {
  const ending = await signIn(mine.key);
  expect(await (await ask("/studio", { headers: { Cookie: ending } })).text()).toContain("Drop films here");
  const out = await form("/studio/sign-out", {}, { Cookie: ending });
  expect(out.status).toBe(303);
  expect(out.headers.get("Set-Cookie")).toContain("Max-Age=0");
  expect(await (await ask("/studio", { headers: { Cookie: ending } })).text()).toContain("Producer key");

  const old = await signIn(mine.key);
  await db.update(sessions).set({ expiresAt: 1 });
  expect(await (await ask("/studio", { headers: { Cookie: old } })).text()).toContain("Producer key");
  expect((await ask("/v1/assets", { headers: { Cookie: old } })).status).toBe(401);
});
