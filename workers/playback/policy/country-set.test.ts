import fc from "fast-check";
import { expect, test } from "vitest";
import { countryCodes } from "../../shared/countries.ts";
import { CountrySet } from "./country-set.ts";
import { builtInGroups } from "./territory-groups.ts";

test("a set has what was put into it, and nothing else", () => {
  fc.assert(
    fc.property(fc.subarray([...countryCodes]), (codes) => {
      const set = new CountrySet(codes);
      for (const code of countryCodes) expect(set.has(code)).toBe(codes.includes(code));
      for (const code of ["XX", "T1", "", "de", "__proto__"]) expect(set.has(code)).toBe(false);
    }),
  );
});

test("every country is on one continent, and groups hold countries only", () => {
  const { "eu-members": members = [], eea = [], ...continents } = builtInGroups;
  expect(Object.values(continents).flat().toSorted()).toEqual([...countryCodes].toSorted());
  expect([members.length, eea.length]).toEqual([27, 30]);
  for (const code of eea)
    expect([code, builtInGroups.europe?.includes(code) || code === "CY"]).toEqual([code, true]);
});
