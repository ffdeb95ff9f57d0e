/** A producer's changes to a title: reads and writes them. */
import { and, eq, isNull, sql } from "drizzle-orm";
import { z } from "zod";
import { openDatabase } from "../../catalog/database.ts";
import { titles } from "../../catalog/schema.ts";
import { readShare } from "../../catalog/usage.ts";
import { Problem } from "../../http/problem.ts";
import { countriesPolicy } from "../../playback/policy/countries-policy.ts";
import { isOriginPattern } from "../../playback/tokens/web-origin.ts";
import { hasAtMost } from "../../shared/characters.ts";
import { isCountryCode } from "../../shared/countries.ts";
import { isPlainText, isVisible, withoutOverrides } from "../../shared/readable-text.ts";
import type { TitleRow } from "./find-titles.ts";
import { policyChanged } from "./policy-body.ts";
import { dropOldVersions, insertVersion, requirePolicyRoom } from "./write-policy.ts";

const countries = z
  .array(
    z
      .string()
      .transform((code) => (/^[a-z]{2}$/i.test(code) ? code.toUpperCase() : code)) // "ß".toUpperCase() is "SS"
      .refine(isCountryCode, "must be an ISO 3166-1 alpha-2 country code, for example DE"),
    "must be a list of country codes",
  )
  .max(1000, "has too many entries")
  .transform((codes) => [...new Set(codes)].toSorted());

/** The body of `PATCH /v1/titles/{id}`; a field that is left out stays as it is. */
export const titleChanges = z.strictObject({
  title: z
    .string("must be text")
    .transform((text) => withoutOverrides(text).replaceAll(/\s+/g, " ").trim())
    .pipe(z.string().min(1, "must not be empty"))
    .refine((text) => hasAtMost(text, 200), "may have at most 200 characters")
    .refine(isPlainText, "must not have control characters or halves of characters")
    .refine(isVisible, "must have something to see")
    .exactOptional(),
  language: z
    .string("must be a BCP 47 language tag or null")
    .max(35, "must be a BCP 47 language tag, for example en or pt-BR")
    .transform((tag, ctx) => {
      const canonical = canonicalLanguage(tag);
      if (canonical === null) {
        ctx.addIssue({ code: "custom", message: "must be a BCP 47 language tag, for example en or pt-BR" });
        return z.NEVER;
      }
      return canonical;
    })
    .nullable()
    .exactOptional(),
  allowed_countries: countries
    .refine((codes) => codes.length > 0, "must name a country; use null for everywhere")
    .nullable()
    .exactOptional(),
  blocked_countries: countries.exactOptional(),
  encryption: z.enum(titles.encryption.enumValues, 'must be "none" or "aes-128"').exactOptional(),
  poster_access: z.enum(titles.posterAccess.enumValues, 'must be "rules" or "public"').exactOptional(),
  allowed_origins: z
    .array(
      z
        .string()
        .refine(
          isOriginPattern,
          "must be a web origin, for example https://example.com or https://*.example.com",
        ),
      "must be a list of web origins",
    )
    .max(50, "has too many entries")
    .transform((origins) => [...new Set(origins)])
    .nullable()
    .exactOptional(),
  allows_native_players: z.boolean("must be true or false").exactOptional(),
});

/** See {@link titleChanges}. */
export type TitleChanges = z.infer<typeof titleChanges>;

/** Most tries for a change that others overtake. */
const maxTries = 3;

/**
 * Writes the changes to the producer's title; changed country lists are a new version of its policy.
 * @returns whether there is such a title.
 * @throws Problem 409 `policy_in_use` for country lists of a title that has its own policy.
 */
export async function changeTitle(
  env: Pick<Env, "DB">,
  producerId: string,
  titleId: string,
  changes: TitleChanges,
  now: number,
): Promise<boolean> {
  const db = openDatabase(env);
  const isTheirs = and(eq(titles.id, titleId), eq(titles.producerId, producerId), isNull(titles.deletedAt));
  const set = {
    ...(changes.title === undefined ? {} : { title: changes.title }),
    ...(changes.language === undefined ? {} : { language: changes.language }),
    ...(changes.poster_access === undefined ? {} : { posterAccess: changes.poster_access }),
    ...(changes.allowed_origins === undefined ? {} : { allowedOrigins: changes.allowed_origins }),
    ...(changes.allows_native_players === undefined
      ? {}
      : { allowsNativePlayers: changes.allows_native_players }),
    ...(changes.encryption === undefined ? {} : encryptionOf(changes.encryption, now)),
    updatedAt: now,
  };
  for (let tries = 0; tries < maxTries; tries++) {
    const row = await db.select().from(titles).where(isTheirs).get();
    if (row === undefined) return false;
    const namesCountries = changes.allowed_countries !== undefined || changes.blocked_countries !== undefined;
    if (row.hasOwnPolicy && namesCountries) throw policyInUse();
    const lists = changedLists(row, changes);
    if (lists === null) {
      const changed = await db.update(titles).set(set).where(isTheirs).returning({ id: titles.id });
      return changed.length > 0;
    }
    const version = row.policyVersion + 1;
    const document = countriesPolicy(lists);
    const share = await readShare(db, producerId, now);
    requirePolicyRoom(share, JSON.stringify(document), JSON.stringify(countriesPolicy(row)));
    const [changed] = await db.batch([
      db
        .update(titles)
        .set({ ...set, ...lists, policyVersion: version })
        .where(and(isTheirs, eq(titles.policyVersion, row.policyVersion)))
        .returning({ id: titles.id }),
      insertVersion(db, {
        titleId,
        version,
        kind: "countries",
        producerId,
        now,
        document,
      }),
      dropOldVersions(db, titleId, share),
    ]);
    if (changed.length > 0) return true;
  }
  throw policyChanged();
}

/** The new country lists; null when they stay unchanged. */
function changedLists(
  row: TitleRow,
  changes: TitleChanges,
): { allowedCountries: string[] | null; blockedCountries: string[] } | null {
  const {
    allowed_countries: allowed = row.allowedCountries,
    blocked_countries: blocked = row.blockedCountries,
  } = changes;
  const isSame =
    JSON.stringify([allowed, blocked]) === JSON.stringify([row.allowedCountries, row.blockedCountries]);
  if (isSame) return null;
  return { allowedCountries: allowed, blockedCountries: blocked };
}

function policyInUse(): Problem {
  return new Problem(
    409,
    "policy_in_use",
    "This title has a policy of its own, so its country lists don't count. Change the policy, or DELETE it to return to the lists.",
  );
}

/** Sets the encryption; the same value again is no change, so that tokens issued since keep what they were issued for. */
function encryptionOf(encryption: NonNullable<TitleChanges["encryption"]>, now: number) {
  const changedAt = sql`case when ${titles.encryption} = ${encryption} then ${titles.encryptionChangedAt} else ${now} end`;
  return { encryption, encryptionChangedAt: changedAt };
}

function canonicalLanguage(tag: string): string | null {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}
