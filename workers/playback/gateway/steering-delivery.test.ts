import { env, exports } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { type SendOptions, send } from "../../../test/support/http.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { type SeededTitle, seededKeys, seedTitle } from "../../../test/support/seed-title.ts";
import { readPlaylist } from "../../hls/read-playlist.ts";
import { playbackClaims, signPlaybackToken } from "../tokens/playback-token.ts";

let film: SeededTitle;
let token = "";
let operator = "";

const get = (path: string, { as = token, ...place }: SendOptions & { as?: string } = {}) =>
  send(`/v/${as}/${path}`, { country: "ES", ...place, headers: { "Accept-Encoding": "identity" } });

async function ops(method: string, id: string, body?: unknown): Promise<void> {
  const response = await exports.default.fetch(`http://marquee.test/v1/ops/pathways/${id}`, {
    method,
    headers: { Authorization: `Bearer ${operator}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.ok).toBe(true);
  await response.text();
}

beforeAll(async () => {
  film = await seedTitle(env);
  operator = (await seedProducer(env, { isOperator: true })).key;
  const of = { title: film.titleId, asset: film.assetId, durationSeconds: 12 };
  token = await signPlaybackToken(env, playbackClaims(of, Date.now()));
});

beforeEach(async () => {
  await ops("PUT", "on-net", {
    ...{
      base_url: "http://127.0.0.1:9000/cache",
      countries: ["ES"],
      asns: [3352],
      priority: 10,
      ttl_seconds: 60,
    },
  });
  await ops("PUT", "spare", { base_url: "http://127.0.0.1:9001", countries: ["ES"], priority: -1 });
});

test("who has one pathway gets the playlist that there always was; who has more gets the tag and stable ids", async () => {
  const plain = await (await get("main.m3u8", { country: "DE" })).text();
  expect(plain).not.toMatch(/STEERING|PATHWAY|STABLE/);
  const steered = await (await get("main.m3u8")).text();
  const lines = steered.split("\n");
  expect(lines).toContain('#EXT-X-CONTENT-STEERING:SERVER-URI="steering.json",PATHWAY-ID="edge"');
  for (const line of lines.filter((it) => /^#EXT-X-(STREAM-INF|I-FRAME-STREAM-INF)/.test(it))) {
    expect(line).toMatch(/,STABLE-VARIANT-ID="[\w.-]+",PATHWAY-ID="edge"/);
  }
  for (const line of lines.filter((it) => it.startsWith("#EXT-X-MEDIA:"))) {
    expect(line).toMatch(/,STABLE-RENDITION-ID="[\w.-]+"/);
  }
  const without = steered
    .replaceAll(/,?(STABLE-VARIANT-ID|STABLE-RENDITION-ID|PATHWAY-ID)="[^"]*"/g, "")
    .replace(/#EXT-X-CONTENT-STEERING:.*\n/, "");
  expect(without).toBe(plain);
  expect(readPlaylist(steered).kind).toBe("multivariant");
});

test("the manifest says where this viewer goes, by country and network, for everything that their playlist names", async () => {
  const response = await get("steering.json", { asn: 3352 });
  expect(response.headers.get("Content-Type")).toBe("application/json");
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
  const manifest = await response.json();
  const uris = (base: string) => ({
    "PER-VARIANT-URIS": Object.fromEntries(
      [seededKeys.video720, seededKeys.video360].flatMap((key) => [
        [key, `${base}/v/${token}/${key}/playlist.m3u8`],
        [`${key}.iframes`, `${base}/v/${token}/${key}/iframes.m3u8`],
      ]),
    ),
    "PER-RENDITION-URIS": { [seededKeys.audio]: `${base}/v/${token}/${seededKeys.audio}/playlist.m3u8` },
  });
  expect(manifest).toEqual({
    VERSION: 1,
    TTL: 60,
    "RELOAD-URI": "steering.json",
    "PATHWAY-PRIORITY": ["on-net", "edge", "spare"],
    "PATHWAY-CLONES": [
      { "BASE-ID": "edge", ID: "on-net", "URI-REPLACEMENT": uris("http://127.0.0.1:9000/cache") },
      { "BASE-ID": "edge", ID: "spare", "URI-REPLACEMENT": uris("http://127.0.0.1:9001") },
    ],
  });
  const elsewhere = await (await get("steering.json", { asn: 1 })).json<{ "PATHWAY-PRIORITY": string[] }>();
  expect(elsewhere["PATHWAY-PRIORITY"]).toEqual(["edge", "spare"]);
  const abroad = await (await get("steering.json", { country: "DE" })).json<{
    "PATHWAY-PRIORITY": string[];
  }>();
  expect(abroad["PATHWAY-PRIORITY"]).toEqual(["edge"]);
});

test("a rung that a token does not cover has no address in the manifest", async () => {
  const of = { title: film.titleId, asset: film.assetId, durationSeconds: 12 };
  const low = await signPlaybackToken(env, { ...playbackClaims(of, Date.now()), max_height: 360 });
  const text = await (await get("steering.json", { asn: 3352, as: low })).text();
  expect(text).toContain(seededKeys.video360);
  expect(text).not.toContain(seededKeys.video720);
});

test("a pathway that is switched off is gone from both at once", async () => {
  await ops("DELETE", "spare");
  await ops("PUT", "on-net", {
    base_url: "http://127.0.0.1:9000",
    countries: ["ES"],
    priority: 10,
    enabled: false,
  });
  expect(await (await get("main.m3u8")).text()).not.toContain("STEERING");
  expect(await (await get("steering.json")).json()).toMatchObject({ "PATHWAY-PRIORITY": ["edge"] });
});

test("without a grant there is no steering manifest", async () => {
  const response = await get("steering.json", { as: `${token.slice(0, -6)}AAAAAA` });
  expect(response.status).toBe(403);
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  await response.text();
});
