import { expect, test } from "vitest";
import { isPlainText, isVisible, withoutOverrides } from "./readable-text.ts";

test.each(["", " \u3000\n", "\u200b", "\u200e\u202e", "\u3164", "\u00ad\ufe0f", "\ud800"])(
  "%j shows nothing",
  (text) => {
    expect(isVisible(text)).toBe(false);
  },
);

test.each(["a", " 乱 ", "👩‍👩‍👧", "\u202eשלום", "?", "\u0301e"])("%j shows something", (text) => {
  expect(isVisible(text)).toBe(true);
});

test("control characters and halves of surrogate pairs are not plain text", () => {
  for (const text of ["a\u0000b", "\u001b[31m", "\u007f", "\u0085", "a\ud800", "\udc00a"])
    expect(isPlainText(text)).toBe(false);
  for (const text of ["Ran 乱", "👩‍👩‍👧", "\u200e", ""]) expect(isPlainText(text)).toBe(true);
});

test("marks that turn the direction of others go; those that scripts need stay", () => {
  expect(withoutOverrides("film\u202egpj.mp4")).toBe("filmgpj.mp4");
  expect(withoutOverrides("\u202a\u202b\u202c\u202d\u202ea\u2066\u2067\u2068\u2069")).toBe("a");
  expect(withoutOverrides("\u200eשלום\u200f 👩‍👩‍👧")).toBe("\u200eשלום\u200f 👩‍👩‍👧");
});
