/**
 * The policy of a title, and of the whole service, as producers and operators write them (JSON, docs/api.md). This file defines
 * their form; `findContradictions` checks their sense.
 */
import { z } from "zod";
import { cutCharacters } from "../../shared/characters.ts";
import { isCountryCode } from "../../shared/countries.ts";
import { isPlainText, isVisible } from "../../shared/readable-text.ts";

/** Most rules of a document, and most entries of each list in it: far more than rights need, few enough for every request. */
const maxRules = 100;
const maxWindows = 50;
const maxAsns = 500;
const maxEntries = 300;
const maxLanguages = 50;

/** The largest autonomous system number (RFC 6793). */
const maxAsn = 4_294_967_295;

const words = (most: number) =>
  z
    .string("must be text")
    .min(1, "must not be empty")
    .max(most, `may have at most ${most} characters`)
    .refine((text) => isPlainText(text) && isVisible(text) && text.trim() === text, {
      message: "must be plain text without blanks around it",
    });

const groupName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{2,39}$/,
    "must be 3 to 40 lower-case letters, digits and hyphens, for example dach",
  );

const country = z
  .string("must be a country code")
  .transform((code) => (/^[a-z]{2}$/i.test(code) ? code.toUpperCase() : code))
  .refine(isCountryCode, "is no country: use ISO 3166-1 alpha-2, for example DE");

const territory = z.string("must be a country code or a group").transform((text, ctx) => {
  if (groupName.safeParse(text).success) return text;
  const code = country.safeParse(text);
  if (code.success) return code.data;
  ctx.addIssue({
    code: "custom",
    message: `${JSON.stringify(cutCharacters(text, 40))} is neither a country (ISO 3166-1 alpha-2, for example DE) nor the name of a group`,
  });
  return z.NEVER;
});

const territories = z
  .array(territory, "must be a list of countries and groups")
  .min(1, "must name a country or a group; leave it out for everywhere")
  .max(maxEntries, `may have at most ${maxEntries} entries`);

const moment = z.string("must be a time").transform((text, ctx) => {
  const canonical = parseMoment(text);
  if (canonical !== null) return canonical;
  ctx.addIssue({ code: "custom", message: "must be a time in UTC, for example 2027-03-01T00:00:00Z" });
  return z.NEVER;
});

const window = z
  .strictObject(
    { opens: moment.exactOptional(), closes: moment.exactOptional() },
    "must have opens or closes",
  )
  .refine(({ opens, closes }) => opens !== undefined || closes !== undefined, {
    message: "must have opens or closes; leave windows out for always",
  });

const language = z.string("must be a language tag").transform((text, ctx) => {
  const canonical = parseLanguage(text);
  if (canonical !== null) return canonical;
  const message = `${JSON.stringify(cutCharacters(text, 40))} is no language tag: use BCP 47, for example en or pt-BR`;
  ctx.addIssue({ code: "custom", message });
  return z.NEVER;
});

const languages = z
  .array(language, "must be a list of language tags")
  .max(maxLanguages, `may have at most ${maxLanguages} entries`);

/** The members of a rule that define its outcome. */
const grants = {
  /** Refuses; then no other of these members may be there. */
  deny: z.boolean("must be true or false").exactOptional(),
  max_height: z
    .int("must be a number of pixels")
    .min(1, "must be at least 1")
    .max(16_384, "may be at most 16384")
    .exactOptional(),
  max_bitrate: z
    .int("must be a number of bits per second")
    .min(1000, "must be at least 1000 bits per second")
    .max(10_000_000_000, "may be at most 10000000000 bits per second")
    .exactOptional(),
  audio: z
    .strictObject({
      allowed: languages.min(1, "must name a language; leave it out to allow all").exactOptional(),
      default: language.exactOptional(),
    })
    .exactOptional(),
  text: z
    .strictObject({ allowed: languages.exactOptional(), default: language.exactOptional() })
    .exactOptional(),
  rating: z
    .strictObject({
      label: words(40),
      minimum_age: z
        .int("must be a number of years")
        .min(0, "must be at least 0")
        .max(99, "may be at most 99"),
    })
    .exactOptional(),
};

const rule = z.strictObject({
  name: words(80),
  territories: territories.exactOptional(),
  except: territories.exactOptional(),
  windows: z
    .array(window, "must be a list of windows")
    .min(1, "must have a window; leave it out for always")
    .max(maxWindows, `may have at most ${maxWindows} windows`)
    .exactOptional(),
  outside_windows: z.enum(["refuse", "next_rule"], 'must be "refuse" or "next_rule"').exactOptional(),
  asns: z
    .array(
      z
        .int("must be the number of an autonomous system")
        .min(1, "must be at least 1")
        .max(maxAsn, `may be at most ${maxAsn}`),
      "must be a list of autonomous systems' numbers",
    )
    .min(1, "must name a network; leave it out for every network")
    .max(maxAsns, `may have at most ${maxAsns} entries`)
    .exactOptional(),
  tor: z.boolean("must be true or false").exactOptional(),
  ...grants,
});

const members = {
  groups: z
    .record(
      groupName,
      z
        .array(country, "must be a list of countries")
        .min(1, "must have a country")
        .max(maxEntries, `may have at most ${maxEntries} entries`),
    )
    .refine((groups) => Object.keys(groups).length <= maxRules, `may have at most ${maxRules} groups`)
    .exactOptional(),
  rules: z.array(rule, "must be a list of rules").max(maxRules, `may have at most ${maxRules} rules`),
  default: z.strictObject({ name: words(80).exactOptional(), ...grants }).exactOptional(),
  unknown_country: z.strictObject({ name: words(80).exactOptional(), ...grants }).exactOptional(),
};

/** The scope of the service's policy among the versions. */
export const serviceScope = "service";

/** A title's policy. Times are ISO 8601 in UTC, languages BCP 47, heights pixels of the short side, rates bits per second. */
export const policyDocument = z.strictObject(members, "must be a policy: an object with rules");

/** The service's policy: its rules and defaults serve titles that leave them open, its groups every title. */
export const servicePolicyDocument = policyDocument;

/** See {@link policyDocument}. */
export type Policy = z.infer<typeof policyDocument>;

/** See {@link servicePolicyDocument}. */
export type ServicePolicy = Policy;

/** One rule of a policy. */
export type PolicyRule = z.infer<typeof rule>;

/** The part of a rule, or of a default, that defines its outcome. */
export type Grants = Omit<NonNullable<Policy["default"]>, "name">;

/** A time in UTC in its one spelling; null when it is none, or no real date. Seconds may be left out. */
export function parseMoment(text: string): string | null {
  const [, day, minute, second = "00", fraction = ""] =
    /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::(\d{2})(\.\d{1,3})?)?Z$/.exec(text) ?? [];
  const at = Date.parse(`${day}T${minute}:${second}${fraction}Z`);
  if (Number.isNaN(at)) return null;
  const canonical = new Date(at).toISOString();
  // 30 February is 2 March to Date.parse.
  return canonical.startsWith(`${day}T${minute}:${second}`) ? canonical : null;
}

/** Answers of {@link isLanguage}, because ICU is slow; at most one for each two letters. */
const languagesAsked = new Map<string, boolean>();

/** Checks whether two letters are a language of ISO 639-1. */
function isLanguage(letters: string): boolean {
  let known = languagesAsked.get(letters);
  if (known === undefined) {
    const names = new Intl.DisplayNames("en", { type: "language", fallback: "none" });
    known = names.of(letters) !== undefined;
    languagesAsked.set(letters, known);
  }
  return known;
}

/** A language tag in its canonical spelling; null when it is none, or of an unknown language. */
export function parseLanguage(text: string): string | null {
  try {
    const canonical = Intl.getCanonicalLocales(text)[0];
    const primary = canonical?.split("-")[0] ?? "";
    if (canonical === undefined || canonical.length > 35 || primary.length > 3) return null;
    if (primary.length === 3) return canonical;
    return isLanguage(primary) ? canonical : null;
  } catch {
    return null;
  }
}
