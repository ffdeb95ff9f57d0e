/** Films for the fuzz. Every stored object says in each of its lines which film and rendition it is of, in words that no URL has. */
import { eq } from "drizzle-orm";
import { openDatabase } from "../../workers/catalog/database.ts";
import { assets, titles } from "../../workers/catalog/schema.ts";
import { publishTitle } from "../support/publish.ts";
import { seedProducer } from "../support/seed-producer.ts";
import { type SeededTitle, seededKeys, seedTitle } from "../support/seed-title.ts";

/** The video and audio renditions that are published, highest first. */
export const fuzzKeys = [seededKeys.video720, seededKeys.video360, seededKeys.audio] as const;

const files = ["init.mp4", "seg-00000.m4s", "seg-00001.m4s"] as const;

/** A film of the fuzz. */
export interface FuzzFilm extends SeededTitle {
  producerId: string;
  /** An API key of theirs. */
  keyId: string;
  /** Text in every line of its stored media. */
  secret: string;
  /** Its stored media by path, `{rendition}/{file}`. */
  stored: ReadonlyMap<string, Uint8Array>;
  isEncrypted: boolean;
}

/** The films, by what is special about them; `own`, `blocked` (not in FR), `paged` and `encrypted` are of one producer. */
export interface FuzzFilms {
  own: FuzzFilm;
  other: FuzzFilm;
  blocked: FuzzFilm;
  paged: FuzzFilm;
  encrypted: FuzzFilm;
}

/** The one page that may play the film `paged`. */
export const allowedPage = "https://partner.test";

/** Seeds the films. */
export async function seedFuzzFilms(env: Env): Promise<FuzzFilms> {
  const [first, second] = [await seedProducer(env), await seedProducer(env)];
  return {
    own: await seedFuzzFilm(env, "own", first, {}),
    other: await seedFuzzFilm(env, "other", second, {}),
    blocked: await seedFuzzFilm(env, "blocked", first, { blockedCountries: ["FR"] }),
    paged: await seedFuzzFilm(env, "paged", first, { allowedOrigins: [allowedPage] }),
    encrypted: await seedFuzzFilm(env, "encrypted", first, {
      ...{ encryption: "aes-128", encryptionChangedAt: 1 },
    }),
  };
}

async function seedFuzzFilm(
  env: Env,
  name: string,
  { producerId, keyId }: { producerId: string; keyId: string },
  rules: Partial<typeof titles.$inferInsert>,
): Promise<FuzzFilm> {
  const film = await seedTitle(env, { title: name });
  const db = openDatabase(env);
  await db.batch([
    db
      .update(titles)
      .set({ producerId, ...rules })
      .where(eq(titles.id, film.titleId)),
    db.update(assets).set({ producerId }).where(eq(assets.id, film.assetId)),
  ]);
  await publishTitle(env, film.titleId);
  const secret = `the ${name} film's own pictures and sound`;
  const stored = new Map<string, Uint8Array>();
  for (const key of fuzzKeys) {
    for (const file of files) {
      const line = (at: number) => `${secret} ${key} ${file} ${at}\n`;
      const bytes = new TextEncoder().encode(Array.from({ length: 30 }, (_, at) => line(at)).join(""));
      stored.set(`${key}/${file}`, bytes);
      await env.MEDIA.put(`media/${film.assetId}/${key}/${file}`, bytes);
    }
  }
  return { ...film, producerId, keyId, secret, stored, isEncrypted: rules.encryption === "aes-128" };
}
