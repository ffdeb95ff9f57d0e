/** People and their things for the fuzz of the API and the pages: one world serves some hundred requests. */
import { eq } from "drizzle-orm";
import { raiseAlarm } from "../../../workers/catalog/alarms.ts";
import { openDatabase } from "../../../workers/catalog/database.ts";
import { apiKeys, assets, deadLetters, titles } from "../../../workers/catalog/schema.ts";
import { signPlaybackToken } from "../../../workers/playback/tokens/playback-token.ts";
import { newId } from "../../../workers/shared/new-id.ts";
import { send } from "../../support/http.ts";
import { tus } from "../../support/route-access.ts";
import { seedFilm } from "../../support/seed-film.ts";
import { seedProducer } from "../../support/seed-producer.ts";
import { seedTitle } from "../../support/seed-title.ts";
import { signIn } from "../../support/sign-in.ts";

/** Somebody who may sign in. */
export interface FuzzPerson {
  producerId: string;
  key: string;
  cookie: string;
  /** A session that a sign-out may end. */
  leaving: string;
}

/** Names of things in the table of routes (`{asset}` and the like); each has several ids, of the owner's and of others'. */
export type Things = Readonly<Record<string, readonly [string, ...string[]]>>;

/** Everything that requests are drawn from. */
export interface FuzzWorld {
  owner: FuzzPerson;
  stranger: FuzzPerson;
  operator: FuzzPerson;
  /** Nobody asks with a key of theirs: nothing of theirs may be changed, or be told. */
  bystanderId: string;
  /** A key that was revoked. */
  revokedKey: string;
  things: Things;
}

/** Text in names that only the bystander and operators may read. */
export const bystanderSecret = "of-the-bystander-alone";

/** Seeds a world of its own. */
export async function seedFuzzWorld(env: Env): Promise<FuzzWorld> {
  const [owner, stranger, operator] = [await join(env, false), await join(env, false), await join(env, true)];
  const bystander = await seedProducer(env);
  const spare = await makeKey(stranger);
  await send(`/v1/keys/${spare.id}`, { method: "DELETE", key: stranger.key });
  const mine = [await seedFilm(env, owner), await seedFilm(env, { ...owner, status: "errored" })] as const;
  const other = await seedFilm(env, stranger);
  const theirs = await seedFilm(env, { producerId: bystander.producerId });
  await openDatabase(env)
    .update(assets)
    .set({ filename: `${bystanderSecret}.mp4` })
    .where(eq(assets.id, theirs.assetId));
  const gone = await seedFilm(env, owner);
  await send(`/v1/assets/${gone.assetId}`, { method: "DELETE", key: owner.key });
  const shown = await seedTitle(env);
  const iat = Math.floor(Date.now() / 1000);
  const token = await signPlaybackToken(env, {
    ...{ aud: "marquee-playback", title: shown.titleId, asset: shown.assetId },
    ...{ iat, exp: iat + 3600 },
  });
  const letter = newId("deadLetter");
  await openDatabase(env).insert(deadLetters).values({ id: letter, queue: "q", body: {}, createdAt: 1 });
  await raiseAlarm(openDatabase(env), "sweep_fuse", "Too much is unknown.", 1);
  await send("/v1/ops/pathways/cdn", {
    ...{ method: "PUT", key: operator.key, body: { base_url: "https://cache.test", priority: -1 } },
  });
  return {
    ...{ owner, stranger, operator, bystanderId: bystander.producerId, revokedKey: spare.key },
    things: {
      asset: [mine[0].assetId, mine[1].assetId, other.assetId, theirs.assetId, shown.assetId],
      title: [mine[0].titleId, mine[1].titleId, other.titleId, theirs.titleId, shown.titleId],
      deletedAsset: [gone.assetId, theirs.assetId],
      deletedTitle: [gone.titleId, theirs.titleId],
      ruledTitle: [mine[0].titleId, theirs.titleId],
      slug: [shown.slug, mine[0].slug, other.slug, theirs.slug, gone.slug],
      upload: [await beginUpload(owner), await beginUpload(owner), await beginUpload(stranger)],
      // None of those that people here ask with.
      key: [(await makeKey(owner)).id, (await makeKey(stranger)).id, bystander.keyId],
      signingKey: [await makeSigningKey(owner), await makeSigningKey(stranger)],
      producer: [owner.producerId, stranger.producerId],
      ...{ letter: [letter], alarm: ["sweep_fuse"], pathway: ["cdn"], token: [token] },
      bearer: [owner.key, stranger.key, spare.key],
    },
  };
}

/** The bystander's rows as text, to see whether anything of theirs was changed. */
export async function describeBystander(env: Env, producerId: string): Promise<string> {
  const db = openDatabase(env);
  return JSON.stringify(
    await db.batch([
      db.select().from(titles).where(eq(titles.producerId, producerId)),
      db.select().from(assets).where(eq(assets.producerId, producerId)),
      db.select().from(apiKeys).where(eq(apiKeys.producerId, producerId)),
    ]),
  );
}

async function join(env: Env, isOperator: boolean): Promise<FuzzPerson> {
  const { producerId, key } = await seedProducer(env, { isOperator });
  return { producerId, key, cookie: await signIn(key), leaving: await signIn(key) };
}

async function makeKey({ key }: FuzzPerson): Promise<{ id: string; key: string }> {
  return await (await send("/v1/keys", { key, body: {} })).json<{ id: string; key: string }>();
}

async function makeSigningKey({ key }: FuzzPerson): Promise<string> {
  return (await (await send("/v1/signing-keys", { key, body: {} })).json<{ kid: string }>()).kid;
}

async function beginUpload({ key }: FuzzPerson): Promise<string> {
  const begun = await send("/v1/uploads", { method: "POST", key, headers: tus });
  return begun.headers.get("Location")?.split("/").at(-1) ?? "";
}
