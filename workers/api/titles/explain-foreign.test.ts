/** Explaining one's own title with the playback URL of somebody else's tells nothing of theirs. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { send } from "../../../test/support/http.ts";
import { publishHere } from "../../../test/support/publish-here.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { seedTitle } from "../../../test/support/seed-title.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, titles } from "../../catalog/schema.ts";
import { signPlaybackToken } from "../../playback/tokens/playback-token.ts";

const db = openDatabase(env);

async function filmOf(producerId: string) {
  const film = await seedTitle(env);
  await db.update(titles).set({ producerId }).where(eq(titles.id, film.titleId));
  await db.update(assets).set({ producerId }).where(eq(assets.id, film.assetId));
  await publishHere(env, { titleIds: [film.titleId] });
  return film;
}

async function tokenOf(film: { titleId: string; assetId: string }, claims: object = {}): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  const whole = {
    aud: "marquee-playback",
    title: film.titleId,
    asset: film.assetId,
    iat,
    exp: iat + 3600,
  } as const;
  return await signPlaybackToken(env, { ...whole, ...claims });
}

test("a foreign playback URL is foreign, wherever and whenever it is tried, and whatever its rules say", async () => {
  const [mine, other] = [await seedProducer(env), await seedProducer(env)];
  const own = await filmOf(mine.producerId);
  const theirs = await filmOf(other.producerId);
  const opens = new Date(Date.now() + 86_400_000).toISOString();
  const body = {
    rules: [
      { name: "soon", territories: ["JP"], windows: [{ opens }] },
      { name: "a network", territories: ["SE"], asns: [3301] },
      { name: "here", territories: ["DE"] },
    ],
    default: { deny: true },
  };
  const put = { method: "PUT", key: other.key, body, headers: { "If-Match": "*" } };
  expect((await send(`/v1/titles/${theirs.titleId}/policy`, put)).status).toBe(200);
  const gone = await filmOf(other.producerId);
  await db.update(assets).set({ deletedAt: 1 }).where(eq(assets.id, gone.assetId));
  await publishHere(env, { titleIds: [gone.titleId] });
  const tokens = [
    await tokenOf(theirs),
    await tokenOf(theirs, { iat: 1, exp: 2 }),
    await tokenOf(theirs, { countries: ["FR"], ip: "198.51.100.0/24", origins: ["https://a.test"] }),
    await tokenOf(gone),
    await tokenOf({ titleId: own.titleId, assetId: theirs.assetId }),
    await tokenOf({ titleId: "ttl_none", assetId: "ast_none" }),
    // Forged, it is still not said whether it would have been good.
    `${(await tokenOf(theirs)).slice(0, -4)}AAAA`,
  ];
  const answers = new Set<string>();
  for (const token of tokens) {
    for (const query of [
      ...["country=JP", "country=DE", "country=FR", "country=SE&asn=3301", "country=SE&asn=1", "country=XX"],
      ...["country=JP&at=2099-01-01", "country=DE&file=manifest.mpd", "country=DE&ip=198.51.100.1"],
    ]) {
      const path = `/v1/titles/${own.titleId}/policy/explain?${query}&token=${token}`;
      const { playback } = await (await send(path, { key: mine.key })).json<{ playback: unknown }>();
      answers.add(JSON.stringify(playback));
    }
  }
  expect([...answers]).toEqual([
    JSON.stringify({
      ...{ status: 403, code: "token_foreign" },
      detail: "This playback URL is for another title. Explain that one.",
    }),
  ]);
});

test("one's own playback URL is explained as before, also of an earlier asset of the title", async () => {
  const mine = await seedProducer(env);
  const own = await filmOf(mine.producerId);
  const explain = async (token: string) => {
    const path = `/v1/titles/${own.titleId}/policy/explain?country=DE&token=${token}`;
    return (await (await send(path, { key: mine.key })).json<{ playback: { code: string | null } }>())
      .playback.code;
  };
  expect(await explain(await tokenOf(own))).toBeNull();
  expect(await explain(await tokenOf(own, { iat: 1, exp: 2 }))).toBe("token_expired");
  expect(await explain("none")).toBe("token_malformed");
  const earlier = await filmOf(mine.producerId);
  await db.update(assets).set({ titleId: own.titleId }).where(eq(assets.id, earlier.assetId));
  await publishHere(env, { titleIds: [own.titleId], assetIds: [earlier.assetId] });
  expect(await explain(await tokenOf({ titleId: own.titleId, assetId: earlier.assetId }))).toBeNull();
});
