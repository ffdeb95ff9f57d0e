import fc from "fast-check";
import { expect, test } from "vitest";
import { slugOf } from "./slug.ts";

test("a slug is the title's words and the end of its id", () => {
  expect(slugOf("Les Misérables: Été 2026!", "ttl_abcdef123456")).toBe("les-miserables-ete-2026-123456");
  expect(slugOf("東京物語", "ttl_abcdef123456")).toBe("123456");
});

test("any title gives a slug that is safe in a path", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (title) => {
      expect(slugOf(title, "ttl_abcdef123456")).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    }),
  );
});
