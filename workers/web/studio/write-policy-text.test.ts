import fc from "fast-check";
import { expect, test } from "vitest";
import { writePolicyText } from "./write-policy-text.ts";

test("small lists and objects are on one line, long ones are not", () => {
  const codes = Array.from({ length: 30 }, () => "DE");
  const text = writePolicyText({
    rules: [{ name: "a, [b]", windows: [{ opens: "x" }], asns: [1, 2], codes }],
  });
  expect(text.split("\n").slice(0, 10).join("\n")).toBe(`{
  "rules": [
    {
      "name": "a, [b]",
      "windows": [
        { "opens": "x" }
      ],
      "asns": [1, 2],
      "codes": [
        "DE",`);
});

test("it is the same JSON, whatever is in it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(writePolicyText(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 2000 },
  );
});
