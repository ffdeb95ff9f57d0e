/** Policies at the gateway: what it answers is what a second opinion says, and what explain says. */
import { env, exports } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import fc from "fast-check";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { send } from "../../../test/support/http.ts";
import {
  anyFilm,
  anyMoment,
  anyPolicy,
  anyViewer,
  firstMoment,
} from "../../../test/support/policy/any-policy.ts";
import { evaluateByHand } from "../../../test/support/policy/evaluate-by-hand.ts";
import { filesOf, seedTracks } from "../../../test/support/policy/seed-tracks.ts";
import { publishTitle } from "../../../test/support/publish.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, titles } from "../../catalog/schema.ts";
import { readPlaylist } from "../../hls/read-playlist.ts";
import { countryCodes } from "../../shared/countries.ts";
import type { PublishedTracks } from "../hls/published-renditions.ts";
import type { Policy } from "../policy/policy-document.ts";
import { refusals } from "../policy/refusals.ts";
import { signPlaybackToken } from "../tokens/playback-token.ts";

const noLanguagePreferences = { audio: null, text: null, accepted: [] };

let key: string;
let producerId: string;

beforeAll(async () => {
  ({ key, producerId } = await seedProducer(env));
});

afterEach(() => {
  vi.useRealTimers();
});

const api = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  send(`/v1/titles/${path}`, { method, key, body, headers });

async function putPolicy(titleId: string, policy: unknown): Promise<void> {
  const answer = await api("PUT", `${titleId}/policy`, policy, { "If-Match": "*" });
  expect([answer.status, answer.status === 200 ? "" : await answer.text()]).toEqual([200, ""]);
}

interface TokenBounds {
  iat?: number;
  max_height?: number;
  countries?: string[];
  ip?: string;
  origins?: string[];
}

/** A token for the film that is good at all moments of these tests. */
async function tokenOf(film: { titleId: string; assetId: string }, bound: TokenBounds = {}) {
  const iat = firstMoment / 1000 - 100_000;
  const grant = { title: film.titleId, asset: film.assetId, iat, exp: iat + 10_000_000, ...bound };
  return await signPlaybackToken(env, { aud: "marquee-playback", ...grant });
}

const get = (token: string, file: string, viewer: { country: string; asn?: number | null }) =>
  send(`/v/${token}/${file}`, viewer);

const problem = z.looseObject({ code: z.string(), detail: z.string(), status: z.number() });

/** The code of an answer; null for one that is no refusal. */
async function codeOf(response: Response): Promise<string | null> {
  if (response.ok) {
    await response.arrayBuffer();
    return null;
  }
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  const { code, detail, status } = problem.parse(await response.json());
  expect(detail).toMatch(/\.$/);
  expect(status).toBe(response.status);
  return code;
}

const explanation = z.looseObject({
  decision: z.looseObject({ allowed: z.boolean(), code: z.string().nullable(), class: z.string() }),
  renditions: z.array(z.looseObject({ key: z.string(), kept: z.boolean(), code: z.string().nullable() })),
  playback: z.looseObject({ code: z.string().nullable(), status: z.number() }).optional(),
});

async function explain(titleId: string, query: Record<string, string>) {
  const answer = await api("GET", `${titleId}/policy/explain?${new URLSearchParams(query)}`);
  expect(answer.status).toBe(200);
  return explanation.parse(await answer.json());
}

function kinds(film: PublishedTracks): [key: string, kind: keyof typeof filesOf][] {
  return [
    ...film.videos.map(({ key: one }): [string, "video"] => [one, "video"]),
    ...film.audios.map(({ key: one }): [string, "audio"] => [one, "audio"]),
    ...film.texts.map(({ key: one }): [string, "text"] => [one, "text"]),
  ];
}

test("every playlist, rung, track and refusal over HTTP is the second opinion's, and explain says the same", async () => {
  const codes = new Set<string | null>();
  const viewing = fc.array(fc.tuple(anyViewer, anyMoment), { minLength: 5, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(anyPolicy("title"), anyFilm, viewing, async (policy, film, views) => {
      vi.useFakeTimers({ toFake: ["Date"], now: firstMoment });
      const seeded = await seedTracks(env, producerId, film);
      await putPolicy(seeded.titleId, policy);
      const token = await tokenOf(seeded);
      for (const [viewer, now] of views) {
        vi.setSystemTime(now);
        const country = viewer.isTor ? "T1" : viewer.country;
        const asking = { country, asn: viewer.asn };
        const judged = evaluateByHand({
          title: policy,
          service: { rules: [] },
          film,
          viewer,
          now,
          preferences: noLanguagePreferences,
          maxHeight: null,
        });
        const main = await get(token, "main.m3u8", asking);
        const body = new TextDecoder().decode(await main.clone().arrayBuffer());
        const code = await codeOf(main);
        expect(code).toBe(judged.code);
        codes.add(code);
        const explained = await explain(seeded.titleId, {
          country,
          at: new Date(now).toISOString(),
          ...(viewer.asn === null ? {} : { asn: String(viewer.asn) }),
        });
        expect(explained.decision.code).toBe(judged.code);
        if (judged.code === null) {
          const playlist = readPlaylist(body);
          const uris = playlist.kind === "multivariant" ? playlist.variants.map(({ uri }) => uri) : [];
          const kept = film.videos.filter(({ key: one }) => judged.kept.includes(one));
          expect(new Set(uris)).toEqual(new Set(kept.map(({ key: one }) => `${one}/playlist.m3u8`)));
        }
        for (const [rendition, kind] of kinds(film)) {
          const dropped = kind === "video" ? "rung_not_allowed" : "track_not_allowed";
          const expected = judged.code ?? (judged.kept.includes(rendition) ? null : dropped);
          // Of a film that is refused because nothing is left, it says by which rule each rendition is dropped.
          if (!String(expected).startsWith("no_")) {
            expect(explained.renditions.find((one) => one.key === rendition)?.code).toBe(expected);
          }
          for (const file of filesOf[kind]) {
            const answer = await get(token, `${rendition}/${file}`, asking);
            expect([rendition, file, await codeOf(answer)]).toEqual([rendition, file, expected]);
            codes.add(expected);
          }
        }
      }
    }),
    { numRuns: 25, endOnFailure: true },
  );
  // Enough was drawn to mean something: films that play, and several kinds of refusal.
  expect(codes).toContain(null);
  expect(codes.size).toBeGreaterThan(3);
});

test("249 countries and 12 rules make at most 12 distinct playlists and classes", async () => {
  const { film, policy } = twelveRules();
  const seeded = await seedTracks(env, producerId, film);
  vi.useFakeTimers({ toFake: ["Date"], now: firstMoment });
  await putPolicy(seeded.titleId, policy);
  const token = await tokenOf(seeded);
  const answers = new Map<string, Set<string>>();
  const classes = new Set<string>();
  for (const country of [...countryCodes, "XX", "T1"]) {
    const answer = await get(token, "main.m3u8", { country });
    const text = new TextDecoder().decode(await answer.arrayBuffer());
    if (answer.ok) answers.set(text, (answers.get(text) ?? new Set()).add(country));
    const { decision } = await explain(seeded.titleId, { country, at: new Date(firstMoment).toISOString() });
    expect(decision.allowed).toBe(answer.ok);
    if (answer.ok) classes.add(decision.class);
  }
  expect(answers.size).toBeGreaterThan(4);
  expect(answers.size).toBeLessThanOrEqual(12);
  expect(classes.size).toBe(answers.size);
});

/** Rights as a telecom with many countries has them: twelve rules that cap, dub, ban and hold back. */
function twelveRules(): { film: PublishedTracks; policy: Policy } {
  const rates = { codecs: "avc1.64001f", frameRate: 25, averageBandwidth: 1, iframeBandwidth: 1 };
  const sound = { codecs: "mp4a.40.2", channels: 2, bandwidth: 130_000, averageBandwidth: 128_000 };
  const film = {
    videos: [240, 360, 480, 720, 1080].map((height) => ({
      key: `v${height}p`,
      width: (height * 16) / 9,
      height,
      bandwidth: height * 5000,
      ...rates,
    })),
    audios: ["en", "de", "fr"].map((language, n) => ({
      key: `a${n}`,
      label: language,
      language,
      isDefault: n === 0,
      ...sound,
    })),
    texts: ["en", "de"].map((language, n) => ({
      key: `t${n}`,
      label: language,
      language,
      isDefault: false,
      isForced: false,
      isSdh: false,
    })),
    storyboards: [],
  };
  const policy = {
    groups: { dach: ["DE", "AT", "CH"] },
    rules: [
      { name: "embargo", territories: ["KP", "SY"], deny: true },
      { name: "no tor", tor: true, deny: true },
      { name: "cinema first", territories: ["US", "CA"], windows: [{ opens: "2027-06-01T00:00:00Z" }] },
      { name: "dubbed", territories: ["dach"], audio: { default: "de" } },
      { name: "french", territories: ["FR", "BE"], audio: { allowed: ["fr", "en"], default: "fr" } },
      { name: "subtitled", territories: ["NL"], text: { default: "en" } },
      { name: "europe", territories: ["eea"], max_height: 1080 },
      { name: "low", territories: ["africa"], max_height: 480 },
      { name: "lower", territories: ["IN", "BD"], max_height: 360 },
      { name: "rates", territories: ["asia"], max_bitrate: 3_600_000 },
      { name: "pacific", territories: ["oceania"], text: { allowed: ["en"] } },
      { name: "latin", territories: ["south-america"], max_height: 720, audio: { allowed: ["en"] } },
    ],
    default: { name: "elsewhere", max_height: 720 },
  };
  return { film, policy };
}

test("every refusal that the gateway gives is one that explain gives for the same viewer, moment and file", async () => {
  const { film } = twelveRules();
  const seeded = await seedTracks(env, producerId, film);
  const other = await seedTracks(env, producerId, film);
  vi.useFakeTimers({ toFake: ["Date"], now: firstMoment });
  const policy = {
    rules: [
      { name: "ban", territories: ["FR"], deny: true },
      { name: "network", asns: [64_500], deny: true },
      { name: "soon", territories: ["US"], windows: [{ opens: "2027-06-01T00:00:00Z" }] },
      { name: "over", territories: ["CA"], windows: [{ closes: "2027-02-01T00:00:00Z" }] },
      { name: "dark", territories: ["IN"], max_height: 100 },
      { name: "silent", territories: ["JP"], audio: { allowed: ["ja"] } },
      {
        name: "little",
        territories: ["DE"],
        max_height: 360,
        audio: { allowed: ["de"] },
        text: { allowed: [] },
      },
    ],
    default: { name: "all others" },
  };
  await putPolicy(seeded.titleId, policy);
  const token = await tokenOf(seeded);
  const low = await tokenOf(seeded, { max_height: 240 });
  const expired = await signPlaybackToken(env, {
    aud: "marquee-playback",
    title: seeded.titleId,
    asset: seeded.assetId,
    iat: 1,
    exp: 2,
  });
  const foreign = await tokenOf({ titleId: seeded.titleId, assetId: other.assetId });
  const forged = `${token.slice(0, -4)}AAAA`;
  const asked: [token: string, file: string, country: string, asn: number | null, code: string][] = [
    [token, "main.m3u8", "FR", null, "not_available_in_country"],
    [token, "main.m3u8", "XX", null, "country_unknown"],
    [token, "v720p/seg-00000.m4s", "T1", null, "country_unknown"],
    [token, "main.m3u8", "GB", 64_500, "network_not_allowed"],
    [token, "a0/init.mp4", "US", null, "not_yet_available"],
    [token, "t0/playlist.m3u8", "CA", null, "no_longer_available_here"],
    [token, "main.m3u8", "IN", null, "no_rung_allowed"],
    [token, "main.m3u8", "JP", null, "no_audio_allowed"],
    [token, "v720p/seg-00000.m4s", "DE", null, "rung_not_allowed"],
    [token, "v720p/iframes.m3u8", "DE", null, "rung_not_allowed"],
    [token, "a0/playlist.m3u8", "DE", null, "track_not_allowed"],
    [token, "t1/seg-00000.vtt", "DE", null, "track_not_allowed"],
    [low, "v360p/playlist.m3u8", "GB", null, "rung_not_allowed"],
    [token, "v999p/playlist.m3u8", "GB", null, "token_foreign"],
    [token, "v720p/nothing.txt", "GB", null, "not_found"],
    [expired, "main.m3u8", "GB", null, "token_expired"],
    [foreign, "main.m3u8", "GB", null, "token_foreign"],
    [forged, "main.m3u8", "GB", null, "token_forged"],
    ["a.b", "main.m3u8", "GB", null, "token_malformed"],
    ["a".repeat(2100), "main.m3u8", "GB", null, "token_malformed"],
  ];
  const at = new Date(firstMoment).toISOString();
  for (const [given, file, country, asn, code] of asked) {
    const answered = await codeOf(await get(given, file, { country, asn }));
    const query = { country, at, token: given, file, ...(asn === null ? {} : { asn: String(asn) }) };
    const { playback } = await explain(seeded.titleId, query);
    expect([file, country, answered, playback?.code]).toEqual([file, country, code, code]);
  }
  await putPolicy(seeded.titleId, { rules: [], default: { deny: true } });
  const withheld = await codeOf(await get(token, "main.m3u8", { country: "GB" }));
  const explained = await explain(seeded.titleId, { country: "GB", at, token });
  expect([withheld, explained.decision.code]).toEqual(["withheld", "withheld"]);
  // Together these are all that a policy can say no with.
  const told = new Set([...asked.map(([, , , , code]) => code), "withheld"]);
  for (const code of Object.keys(refusals)) expect(told).toContain(code);
});

test("what the token, the page and the encryption refuse, explain refuses with the same code", async () => {
  const { film } = twelveRules();
  const seeded = await seedTracks(env, producerId, film);
  vi.useFakeTimers({ toFake: ["Date"], now: firstMoment });
  const patch = {
    encryption: "aes-128",
    allowed_origins: ["https://shop.example"],
    allows_native_players: false,
  };
  expect((await api("PATCH", seeded.titleId, patch)).status).toBe(200);
  const token = await tokenOf(seeded);
  const [abroad, elsewhere, onOthers] = [
    await tokenOf(seeded, { countries: ["DE"] }),
    await tokenOf(seeded, { ip: "198.51.100.0/24" }),
    await tokenOf(seeded, { origins: ["https://other.example"] }),
  ];
  // Tokens from before the title was encrypted open its clear files for a while; this one is younger.
  const young = await tokenOf(seeded, { iat: firstMoment / 1000 + 1 });
  const page = "https://shop.example";
  const asked: [token: string, file: string, country: string, origin: string | null, code: string | null][] =
    [
      [token, "main.m3u8", "GB", page, null],
      [token, "main.m3u8", "GB", null, "origin_missing"],
      [token, "main.m3u8", "GB", "https://thief.example", "origin_not_allowed"],
      [abroad, "main.m3u8", "GB", page, "token_country"],
      [abroad, "main.m3u8", "XX", page, "token_country_unknown"],
      [elsewhere, "main.m3u8", "GB", page, "token_network"],
      [onOthers, "main.m3u8", "GB", page, "token_origin"],
      [token, "manifest.mpd", "GB", page, "dash_not_offered"],
      [young, "v720p/seg-00000.m4s", "GB", page, "title_encrypted"],
      [token, `v720p/k1-c1-${seeded.assetId}/segments-00000.key`, "GB", page, null],
      [token, `v720p/k1-gone-${seeded.assetId}/segments-00000.key`, "GB", page, "key_retired"],
      [token, `v720p/k99-c1-${seeded.assetId}/seg-00000.m4s`, "GB", page, "not_found"],
      [token, "v720p/seg/seg/seg/seg", "GB", page, "not_found"],
    ];
  const at = new Date(firstMoment).toISOString();
  for (const [given, file, country, origin, code] of asked) {
    const ip = "203.0.113.7";
    const headers = { "CF-Connecting-IP": ip, ...(origin === null ? {} : { Origin: origin }) };
    const request = new Request(`http://marquee.test/v/${given}/${file}`, { cf: { country }, headers });
    const answered = await codeOf(await exports.default.fetch(request));
    const query = { country, at, token: given, file, ip, ...(origin === null ? {} : { origin }) };
    const { playback } = await explain(seeded.titleId, query);
    expect([file, country, answered, playback?.code]).toEqual([file, country, code, code]);
  }
});

test("explaining another moment leaves a takedown as near as it is", async () => {
  const { film } = twelveRules();
  const doomed = await seedTracks(env, producerId, film);
  vi.useFakeTimers({ toFake: ["Date"], now: firstMoment });
  const token = await tokenOf(doomed);
  expect(await codeOf(await get(token, "main.m3u8", { country: "GB" }))).toBeNull();
  for (const seconds of [-40, 14, 40]) {
    const at = new Date(firstMoment + seconds * 1000).toISOString();
    await explain(doomed.titleId, { country: "GB", at, token, file: "v720p/nothing-yet/x.m4s" });
  }
  // As another isolate's takedown looks from here.
  await openDatabase(env).update(assets).set({ deletedAt: 1 }).where(eq(assets.id, doomed.assetId));
  await publishTitle(env, doomed.titleId);
  vi.setSystemTime(firstMoment + 40_000);
  expect(await codeOf(await get(token, "main.m3u8", { country: "GB" }))).toBe("no_longer_available");
});

test("a window opens and closes to the second, without anything being written or purged", async () => {
  const seeded = await seedTracks(env, producerId, twelveRules().film);
  vi.useFakeTimers({ toFake: ["Date"], now: firstMoment });
  const [opens, closes] = [firstMoment + 60_000, firstMoment + 120_000];
  const windows = [{ opens: new Date(opens).toISOString(), closes: new Date(closes).toISOString() }];
  await putPolicy(seeded.titleId, { rules: [{ name: "a minute", windows }] });
  const token = await tokenOf(seeded);
  const at = async (now: number) => {
    vi.setSystemTime(now);
    const files = ["main.m3u8", "v720p/seg-00000.m4s"];
    return await Promise.all(
      files.map(async (file) => await codeOf(await get(token, file, { country: "DE" }))),
    );
  };
  expect(await at(opens - 1)).toEqual(["not_yet_available", "not_yet_available"]);
  expect(await at(opens)).toEqual([null, null]);
  expect(await at(closes - 1)).toEqual([null, null]);
  expect(await at(closes)).toEqual(["no_longer_available_here", "no_longer_available_here"]);
  vi.setSystemTime(opens - 1);
  const refused = problem.parse(await (await get(token, "main.m3u8", { country: "DE" })).json());
  expect(refused).toMatchObject({ status: 451, changes_at: new Date(opens).toISOString() });
  expect(refused.detail).toContain("Come back on 1 March 2027, 00:01 UTC.");
});

test("a lowered cap reaches a film that is playing: here at once, elsewhere when what is held runs out", async () => {
  const seeded = await seedTracks(env, producerId, twelveRules().film);
  const token = await tokenOf(seeded);
  vi.useFakeTimers({ toFake: ["Date"], now: firstMoment });
  const play = async () => await codeOf(await get(token, "v1080p/seg-00000.m4s", { country: "DE" }));
  expect(await play()).toBeNull();
  await putPolicy(seeded.titleId, { rules: [], default: { max_height: 720 } });
  expect(await play()).toBe("rung_not_allowed");
  // As if another isolate had written: this one holds what it has for some seconds.
  const db = openDatabase(env);
  await db.update(titles).set({ hasOwnPolicy: false }).where(eq(titles.id, seeded.titleId));
  await publishTitle(env, seeded.titleId);
  expect(await play()).toBe("rung_not_allowed");
  vi.setSystemTime(firstMoment + 15_000);
  expect(await play()).toBeNull();
});
