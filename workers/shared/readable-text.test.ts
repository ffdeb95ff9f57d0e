import { expect, test } from "vitest";
import { isPlainText, isVisible } from "./readable-text.ts";

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
