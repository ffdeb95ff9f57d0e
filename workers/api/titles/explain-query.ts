/** The question put to `explain`: the viewer, the time, and their playback URL. */
import { z } from "zod";
import { parseLanguage, parseMoment } from "../../playback/policy/policy-document.ts";
import { parseIp } from "../../playback/tokens/ip-prefix.ts";
import { unknownCountry } from "../../playback/viewer.ts";
import { isCountryCode } from "../../shared/countries.ts";

const language = z
  .string()
  .refine((text) => parseLanguage(text) !== null, "must be a BCP 47 language tag, for example en");

/**
 * The query of `GET /v1/titles/{id}/policy/explain`. `at` becomes Unix milliseconds (a day is its first moment, UTC). With
 * a `token` the playback URL's own rules are explained too, and with a `file` (`{rendition}/{name}`) that file's.
 */
export const explainQuery = z.strictObject({
  country: z
    .string("must be a country code, for example DE")
    .transform((code) => (/^[a-z]{2}$/i.test(code) ? code.toUpperCase() : code))
    .refine(
      (code) => isCountryCode(code) || code === unknownCountry || code === "T1",
      "must be an ISO 3166-1 alpha-2 code, XX (not known) or T1 (Tor)",
    ),
  at: z
    .string()
    .transform((text, ctx) => {
      const moment = parseMoment(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00Z` : text);
      if (moment !== null) return Date.parse(moment);
      ctx.addIssue({ code: "custom", message: "must be a time in UTC, for example 2027-03-01T00:00Z" });
      return z.NEVER;
    })
    .optional(),
  asn: z.coerce
    .number()
    .int("must be the number of an autonomous system")
    .min(1, "must be at least 1")
    .max(4_294_967_295, "may be at most 4294967295")
    .optional(),
  accept_language: z.string().max(500, "may have at most 500 characters").optional(),
  audio: language.optional(),
  text: z.literal("off").or(language).optional(),
  max_height: z.coerce.number().int("must be a number of pixels").min(1, "must be at least 1").optional(),
  token: z.string().max(10_000, "may have at most 10000 characters").optional(),
  file: z.string().max(300, "may have at most 300 characters").optional(),
  ip: z
    .string()
    .refine((text) => parseIp(text) !== null, "must be an IP address")
    .optional(),
  origin: z
    .string()
    .refine(
      (text) => URL.parse(text)?.origin === text && /^https?:/.test(text),
      "must be a web origin, for example https://example.com",
    )
    .optional(),
});

/** See {@link explainQuery}. */
export type ExplainQuery = z.infer<typeof explainQuery>;
