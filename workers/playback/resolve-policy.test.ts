import fc from "fast-check";
import { expect, test } from "vitest";
import { resolvePolicy } from "./resolve-policy.ts";

test.each([
  { allowed: null, blocked: [], country: "DE", plays: true },
  { allowed: null, blocked: [], country: "XX", plays: true },
  { allowed: ["DE", "AT"], blocked: [], country: "DE", plays: true },
  { allowed: ["DE", "AT"], blocked: [], country: "FR", plays: false },
  { allowed: ["DE", "AT"], blocked: [], country: "XX", plays: false },
  { allowed: ["XX"], blocked: [], country: "XX", plays: false },
  { allowed: [], blocked: [], country: "DE", plays: false },
  { allowed: null, blocked: ["FR"], country: "FR", plays: false },
  { allowed: null, blocked: ["FR"], country: "DE", plays: true },
  { allowed: null, blocked: ["FR"], country: "XX", plays: true },
  { allowed: ["FR", "DE"], blocked: ["FR"], country: "FR", plays: false },
])(
  "$country with allowed $allowed and blocked $blocked plays: $plays",
  ({ allowed, blocked, country, plays }) => {
    const decision = resolvePolicy({ allowedCountries: allowed, blockedCountries: blocked }, country);
    expect(decision.allowed).toBe(plays);
    if (!decision.allowed) expect(decision).toMatchObject({ code: "not_available_in_country" });
  },
);

test("a block always wins, and to block one more country never lets anyone in", () => {
  const country = fc.constantFrom("DE", "AT", "FR", "US", "XX");
  const list = fc.uniqueArray(country);
  fc.assert(
    fc.property(
      fc.option(list),
      list,
      country,
      country,
      (allowedCountries, blockedCountries, extra, viewer) => {
        const before = resolvePolicy({ allowedCountries, blockedCountries }, viewer);
        const after = resolvePolicy(
          { allowedCountries, blockedCountries: [...blockedCountries, extra] },
          viewer,
        );
        if (blockedCountries.includes(viewer)) expect(before.allowed).toBe(false);
        if (!before.allowed) expect(after.allowed).toBe(false);
      },
    ),
  );
});
