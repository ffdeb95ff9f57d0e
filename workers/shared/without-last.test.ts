import { expect, test } from "vitest";
import { withoutLast } from "./without-last.ts";

test("only what stands at the end goes", () => {
  expect(withoutLast("http://a/b///", "/")).toBe("http://a/b");
  expect(withoutLast("/a", "/")).toBe("/a");
  expect(withoutLast("///", "/")).toBe("");
  expect(withoutLast("", "/")).toBe("");
});
