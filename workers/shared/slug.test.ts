import fc from "fast-check";
import { expect, test } from "vitest";
import { newId } from "./new-id.ts";
import { slugOf } from "./slug.ts";

test("a slug is the title's words and the end of its id", () => {
  expect(slugOf("Les Misérables: Été 2026!", "ttl_abcdefgh123456")).toBe(
    "les-miserables-ete-2026-cdefgh123456",
  );
  expect(slugOf("東京物語", "ttl_abcdefgh123456")).toBe("cdefgh123456");
  expect(slugOf("東京物語", "ttl_abcdefgh123456", 20)).toBe("abcdefgh123456");
});

test("any title gives a slug that is safe in a path", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (title) => {
      expect(slugOf(title, "ttl_abcdefgh123456")).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    }),
  );
});

test("a million titles in Latin, Japanese and Arabic have a million slugs", () => {
  // Few texts, so that nothing but the id tells most titles apart.
  const texts = ["The Third Man", "東京物語", "باب الحديد", "羅生門", "ゴジラ", "المومياء", "Amélie"];
  const slugs = new Set<string>();
  for (let n = 0; n < 1_000_000; n++) slugs.add(slugOf(texts[n % texts.length] ?? "", newId("title")));
  expect(slugs.size).toBe(1_000_000);
});
