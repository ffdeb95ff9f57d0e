import { expect, test } from "vitest";
import { countryCodes, isCountryCode } from "./countries.ts";

test("the list is ISO 3166-1's 249 codes and Kosovo, each with an English name", () => {
  expect(new Set(countryCodes).size).toBe(250);
  const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
  for (const code of countryCodes) expect(names.of(code), code).toBeTypeOf("string");
});

test("reserved, withdrawn and unknown codes are not countries", () => {
  for (const code of ["UK", "EU", "SU", "XX", "T1", "ZZ", "de", ""])
    expect(isCountryCode(code), code).toBe(false);
  for (const code of ["DE", "GB", "XK"]) expect(isCountryCode(code), code).toBe(true);
});
