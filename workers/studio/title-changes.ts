/** What a producer may change of a title, and how it is read and written. */
import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { isCountryCode } from "../catalog/countries.ts";
import { openDatabase } from "../catalog/database.ts";
import { isPlainText, isVisible } from "../catalog/readable-text.ts";
import { titles } from "../catalog/schema.ts";
import { isOriginPattern } from "../playback/admission/web-origin.ts";

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
    .transform((text) => text.replaceAll(/\s+/g, " ").trim())
    .pipe(z.string().min(1, "must not be empty").max(200, "may have at most 200 characters"))
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

/** Writes the changes to the producer's title. @returns whether there is such a title. */
export async function changeTitle(
  env: Pick<Env, "DB">,
  producerId: string,
  titleId: string,
  changes: TitleChanges,
  now: number,
): Promise<boolean> {
  const set = {
    ...(changes.title === undefined ? {} : { title: changes.title }),
    ...(changes.language === undefined ? {} : { language: changes.language }),
    ...(changes.allowed_countries === undefined ? {} : { allowedCountries: changes.allowed_countries }),
    ...(changes.blocked_countries === undefined ? {} : { blockedCountries: changes.blocked_countries }),
    ...(changes.allowed_origins === undefined ? {} : { allowedOrigins: changes.allowed_origins }),
    ...(changes.allows_native_players === undefined
      ? {}
      : { allowsNativePlayers: changes.allows_native_players }),
    updatedAt: now,
  };
  const changed = await openDatabase(env)
    .update(titles)
    .set(set)
    .where(and(eq(titles.id, titleId), eq(titles.producerId, producerId)))
    .returning({ id: titles.id });
  return changed.length > 0;
}

function canonicalLanguage(tag: string): string | null {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}
