import fc from "fast-check";
import { expect, test } from "vitest";
import { foldWords, splitSpaceless } from "./fold-text.ts";

test("spellings of the same words fold to the same", () => {
  const same = (one: string, other: string) => expect(foldWords(one), one).toEqual(foldWords(other));
  same("Les MISÉRABLES", "les misérables".normalize("NFD"));
  same("Straße — Łódź", "strasse lodz");
  same("ＫＡＩＪＵ", "kaiju");
  same("ゴジラ", "ごじら");
  same("ﾄﾄﾛ", "トトロ");
  same("أَلْف ليلة وليلة", "الف ليله وليله");
  same("۱۲۳", "123");
  same("Ἰφιγένεια", "ιφιγενεια");
  same("Ёлки", "елки");
  expect(foldWords("が")).not.toEqual(foldWords("か"));
  expect(foldWords("कागज़ के फूल")).toHaveLength(3);
});

test("each character of a script without spaces stands alone", () => {
  expect(splitSpaceless("東京story物語")).toBe("東 京 story 物 語");
  expect(splitSpaceless("한국")).toBe("한국");
});

test("any text folds to words without an operator", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
      const words = foldWords(text);
      expect(words.join(" ")).not.toMatch(/["*()]/);
      expect(words.every((it) => it.length > 0)).toBe(true);
    }),
  );
});
