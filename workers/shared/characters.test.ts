import fc from "fast-check";
import { expect, test } from "vitest";
import { cutCharacters, hasAtMost } from "./characters.ts";

test("a cut never goes through a character", () => {
  expect(cutCharacters(`${"a".repeat(199)}😀.`, 200)).toBe(`${"a".repeat(199)}😀`);
  expect(cutCharacters("😀😀😀", 2)).toBe("😀😀");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, most) => {
      const cut = cutCharacters(text, most);
      expect(cut.isWellFormed()).toBe(true);
      expect(cut).toBe([...text].slice(0, most).join(""));
      expect(hasAtMost(text, most)).toBe([...text].length <= most);
    }),
  );
});
