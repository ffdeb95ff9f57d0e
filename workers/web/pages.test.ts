import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { type SendOptions, send } from "../../test/support/http.ts";
import { showOnShelf } from "../../test/support/publish-shelf.ts";
import { seedFilm } from "../../test/support/seed-film.ts";

const get = (path: string, { headers, ...options }: SendOptions = {}, country = "DE") =>
  send(path, {
    ...options,
    country,
    headers: { Accept: "text/html,application/xhtml+xml,*/*;q=0.8", ...headers },
  });

test("every page carries the security headers, and no script or style of its own", async () => {
  const film = await seedFilm(env, { title: "Safe" });
  for (const path of ["/", "/?q=x", `/watch/${film.slug}`, "/studio", "/nowhere"]) {
    const response = await get(path);
    const policy = response.headers.get("Content-Security-Policy") ?? "";
    expect(policy, path).toContain("default-src 'none'");
    expect(policy, path).toContain("script-src 'self';");
    expect(policy, path).toContain("frame-ancestors 'none'");
    expect(policy, path).toContain("form-action 'self'");
    if (!path.startsWith("/watch")) expect(policy, path).not.toContain("unsafe-inline");
    expect(response.headers.get("X-Content-Type-Options"), path).toBe("nosniff");
    expect(response.headers.get("Referrer-Policy"), path).toBe("same-origin");
    expect(response.headers.get("Strict-Transport-Security"), path).toContain("max-age=");
    const kept = path === "/studio" ? "no-store" : "private, no-cache";
    expect(response.headers.get("Cache-Control"), path).toBe(kept);
    expect(response.headers.get("Content-Type"), path).toMatch(/^text\/html/);
    const html = await response.text();
    expect(html.startsWith('<!doctype html><html lang="en">'), path).toBe(true);
    for (const [tag] of html.matchAll(/<script[^>]*>/g)) expect(tag).toContain(" src=");
    expect(html, path).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
  }
});

test("the watch page starts with a playback URL that works, and preloads it", async () => {
  const film = await seedFilm(env, { title: `"Quoted" <b>film</b>` });
  const response = await get(`/watch/${film.slug}`);
  expect(response.status).toBe(200);
  const html = await response.text();
  const url = /data-playback-url="([^"]+)"/.exec(html)?.[1] ?? "";
  expect(url).toMatch(/^\/v\/[\w.-]+\/main\.m3u8$/);
  expect(html).toContain(`rel="preload" as="fetch" href="${url}"`);
  expect(html).toContain(`poster="/images/${film.assetId}/${film.posterKey}/poster-1280.jpg"`);
  expect(html).toContain("&quot;Quoted&quot; &lt;b&gt;film&lt;/b&gt;");
  expect(html).not.toContain("<b>film");
  expect((await get(url)).status).toBe(200);
  // Where a film stops, the player shows one of these or both (islands/player/error-actions.ts).
  expect(html).toMatch(/<a[^>]+href="\/"[^>]+data-trouble-leave/);
  expect(html).toContain("data-trouble-retry");
});

test("a film that may not be watched here is 451, in words and with the code", async () => {
  const film = await seedFilm(env, { blockedCountries: ["DE"] });
  const response = await get(`/watch/${film.slug}`);
  expect(response.status).toBe(451);
  const html = await response.text();
  expect(html).toContain("isn’t available in your country");
  expect(html).toContain("not_available_in_country");
  expect(html).not.toContain("/v/");
  // It offers others instead, and only such as may be watched.
  const other = await seedFilm(env, { title: "Somewhere else to go" });
  await showOnShelf(env);
  const again = await (await get(`/watch/${film.slug}`)).text();
  expect(again).toContain(`href="/watch/${other.slug}"`);
  expect(again).not.toContain(`href="/watch/${film.slug}"`);
  expect((await get(`/watch/${film.slug}`, {}, "FR")).status).toBe(200);
});

test("a film that is being prepared looks again by itself; a failed one says so", async () => {
  const preparing = await seedFilm(env, { status: "preparing" });
  const response = await get(`/watch/${preparing.slug}`);
  expect(response.status).toBe(409);
  expect(response.headers.get("Retry-After")).toBe("8");
  expect(await response.text()).toContain('http-equiv="refresh"');
  const failed = await seedFilm(env, { status: "errored" });
  const page = await (await get(`/watch/${failed.slug}`)).text();
  expect(page).toContain("asset_errored");
  expect(page).not.toContain('http-equiv="refresh"');
});

test("unknown addresses are 404: a page for people, problem+json for machines", async () => {
  for (const path of ["/nowhere", "/watch/no-such-film", "/watch/%00", "/watch/a/b", "/wp-login.php"]) {
    const response = await get(path);
    expect(response.status, path).toBe(404);
    expect(response.headers.get("Content-Type"), path).toMatch(/^text\/html/);
  }
  for (const [path, accept] of [
    ["/v1/nothing", "text/html"],
    ["/v1/", "*/*"],
    ["/assets/none.js", "text/html"],
    ["/nowhere", "application/json"],
  ] as const) {
    const response = await get(path, { headers: { Accept: accept } });
    expect(response.status, path).toBe(404);
    expect(response.headers.get("Content-Type"), path).toBe("application/problem+json");
    expect(await response.json(), path).toMatchObject({ code: "not_found" });
  }
});

test("HEAD answers as GET does, without a body", async () => {
  const response = await get("/", { method: "HEAD" });
  expect(response.status).toBe(200);
  expect(await response.text()).toBe("");
});
