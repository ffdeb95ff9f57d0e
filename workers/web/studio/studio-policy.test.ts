import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { type SendOptions, send } from "../../../test/support/http.ts";
import { seedFilm } from "../../../test/support/seed-film.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";

let producerId: string;
let cookie: string;

const ask = (path: string, options: SendOptions = {}, country?: string) =>
  send(path, {
    ...options,
    country,
    headers: { Accept: "text/html", "Sec-Fetch-Site": "same-origin", Cookie: cookie },
  });

async function post(path: string, fields: Record<string, string> | string[][]): Promise<Response> {
  return await ask(path, { method: "POST", body: new URLSearchParams(fields) });
}

async function page(path: string): Promise<string> {
  const response = await ask(path);
  expect(response.status).toBe(200);
  return await response.text();
}

beforeAll(async () => {
  const producer = await seedProducer(env);
  producerId = producer.producerId;
  cookie = "";
  const signedIn = await post("/studio/sign-in", { key: producer.key });
  cookie = signedIn.headers.get("Set-Cookie")?.split(";")[0] ?? "";
});

const window = { opens: "2027-03-01T00:00:00Z" };
const rule = { name: "dach", territories: ["DE", "AT"], windows: [window], max_height: 480 };
const policy = JSON.stringify({ rules: [rule], default: { name: "elsewhere", deny: true } });

test("a policy is written in the studio, decides, and is taken away again", async () => {
  const { titleId } = await seedFilm(env, { producerId });
  const path = `/studio/titles/${titleId}`;
  const before = await page(path);
  expect(before).toContain("Write a policy of its own");
  expect(before).toContain("The policy was never changed.");
  expect(before).toContain('name="territory"');

  const saved = await post(`${path}/policy`, { policy, version: "0" });
  expect([saved.status, saved.headers.get("Location")]).toEqual([303, `${path}?saved=policy#policy`]);
  // Said where the browser shows the page: in the panel.
  const told = await page(`${path}?saved=policy`);
  expect(told).toContain("The policy is saved.");
  expect(told).not.toContain("Saved. New rules");
  const after = await page(path);
  expect(after).toContain("Its country lists don’t count.");
  expect(after).toContain("&quot;dach&quot;");
  expect(after).toContain("Test producer");
  expect(after).toMatch(/<pre>[^<]*&quot;dach&quot;[^<]*<\/pre><button[^>]+data-restore/);
  expect(after).not.toContain('name="territory"');

  // The other form of the page leaves the policy alone.
  const renamed = await post(path, { title: "Renamed", language: "" });
  expect(renamed.status).toBe(303);
  const meddled = await post(path, { title: "Renamed", language: "", territory: "everywhere" });
  expect([meddled.status, (await meddled.text()).includes("a policy of its own by now")]).toEqual([
    422,
    true,
  ]);

  const removed = await post(`${path}/policy/remove`, { version: "1" });
  expect(removed.status).toBe(303);
  expect(await page(path)).toContain('name="territory"');
});

test("mistakes come back with what was typed, and where they are", async () => {
  const { titleId } = await seedFilm(env, { producerId });
  const path = `/studio/titles/${titleId}/policy`;
  for (const [text, words] of [
    ["{", "This is not JSON"],
    ['{"rules": 7}', "<code>/rules</code> must be a list of rules."],
    ['{"rules": [{"name": "a", "territories": ["atlantis"]}]}', "<code>/rules/0/territories/0</code>"],
    ["<script>alert(1)</script>", "This is not JSON"],
  ] as const) {
    const answer = await post(path, { policy: text, version: "0" });
    const html = await answer.text();
    expect([answer.status, html.includes(words)]).toEqual([422, true]);
    expect(html).toContain(text.replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;"));
    expect(html).not.toContain("<script>alert");
  }
  await post(path, { policy, version: "0" });
  const stale = await post(path, { policy: '{"rules": []}', version: "0" });
  const told = await stale.text();
  expect([stale.status, told.includes("changed since you read it")]).toEqual([412, true]);
  expect(told).toContain("Open it as it is now");
});

test("the preview says what somebody gets, when, and by which rule", async () => {
  const { titleId } = await seedFilm(env, { producerId, size: { width: 854, height: 480 } });
  await post(`/studio/titles/${titleId}/policy`, { policy, version: "0" });
  const early = await page(`/studio/titles/${titleId}?as=DE&on=2027-02-28T23:59`);
  expect(early).toContain("On 28 February 2027, 23:59 UTC, a viewer in Germany may not watch it.");
  expect(early).toContain("Come back on 1 March 2027, 00:00 UTC.");
  expect(early).toContain("not_yet_available");
  const open = await page(`/studio/titles/${titleId}?as=DE&on=2027-03-01T00:00`);
  expect(open).toContain("On 1 March 2027, 00:00 UTC, a viewer in Germany may watch it.");
  expect(open).toContain("Picture: up to 480p. Plays in English. No subtitles unless asked for.");
  expect(open).toContain("Nothing changes after that.");
  const french = await page(`/studio/titles/${titleId}?as=FR&on=2027-03-01T00:00`);
  expect(french).toContain("Decided by the rule “elsewhere”.");
  expect(await page(`/studio/titles/${titleId}?as=XX`)).toContain(
    "a viewer somewhere unknown may not watch it",
  );
  // A contradiction is here and now.
  expect(await page(`/studio/titles/${titleId}?as=%3Cb%3E&on=soon`)).toContain("a viewer in Germany");
});

test("the preview doesn't promise a film that is not there", async () => {
  const preparing = await seedFilm(env, { producerId, status: "preparing" });
  const failed = await seedFilm(env, { producerId, status: "errored" });
  const ready = await seedFilm(env, { producerId });
  const early = await page(`/studio/titles/${preparing.titleId}`);
  expect(early).toContain("The rules allow it, but the film is still being prepared.");
  expect(early).not.toContain('<strong class="yes">');
  expect(await page(`/studio/titles/${failed.titleId}`)).toContain("but the film’s preparation failed.");
  const there = await page(`/studio/titles/${ready.titleId}`);
  expect([there.includes('<strong class="yes">'), there.includes("The rules allow it, but")]).toEqual([
    true,
    false,
  ]);
});

test("a viewer's page says in words why a film can't be watched, with the code", async () => {
  const { titleId, slug } = await seedFilm(env, { producerId });
  const put = async (text: string, version: number) =>
    expect(
      (await post(`/studio/titles/${titleId}/policy`, { policy: text, version: String(version) })).status,
    ).toBe(303);
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  await put(
    JSON.stringify({ rules: [{ name: "soon", territories: ["DE"], windows: [{ opens: soon }] }] }),
    0,
  );
  const early = await ask(`/watch/${slug}`);
  const html = await early.text();
  expect([
    early.status,
    html.includes("This film isn’t here yet"),
    html.includes("not_yet_available"),
  ]).toEqual([451, true, true]);
  expect(html).toMatch(/Come back on \d+\u00a0\w+\u00a0\d{4}, [\d:]+\u00a0UTC/);
  expect(html).toContain('<p class="kicker">A film</p>');
  const again = Number(early.headers.get("Retry-After"));
  expect(again).toBeGreaterThan(3500);
  expect(again).toBeLessThanOrEqual(3600);
  expect(html).toContain(`http-equiv="refresh" content="${again}"`);
  const unknown = await ask(`/watch/${slug}`, {}, "XX");
  expect([unknown.status, (await unknown.text()).includes("We can’t tell which country you’re in")]).toEqual([
    451,
    true,
  ]);
  await put(JSON.stringify({ rules: [], default: { rating: { label: "FSK 16", minimum_age: 16 } } }), 1);
  expect(await page(`/watch/${slug}`)).toContain("FSK 16");
});
