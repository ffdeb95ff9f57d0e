import { expect, test } from "vitest";
import { findPatterns } from "./find-patterns.ts";
import { findSlowPatterns } from "./find-slow-patterns.ts";

test("patterns are found in the syntax tree, and nothing else is taken for one", () => {
  const source = `const half = total / 2 / parts; // a /comment/ with slashes
const text = '/no pattern/';
const one = /a+b/gi;
const two = new RegExp(\`^\${name}: (.*)$\`, 'm');
const three = RegExp('c|d');
const four = new RegExp(source);
const five = \`\${text.replace(/e/u, '')}\`;`;
  expect(findPatterns("a.ts", source)).toEqual([
    { line: 3, source: "a+b", flags: "gi" },
    { line: 4, source: "^x: (.*)$", flags: "m" },
    { line: 5, source: "c|d", flags: "" },
    { line: 7, source: "e", flags: "u" },
  ]);
  expect(findPatterns("a.tsx", "const page = <p title={a / b}>{text.match(/f/)}</p>;")).toEqual([
    { line: 1, source: "f", flags: "" },
  ]);
});

test.each([
  // What once stood in the reading of subtitles.
  String.raw`/\\+([{}])|\{([^{}]*)\}|\\([Nnh])|((?:(?!\\+[{}]|\\[Nnh]|\{[^{}]*\})[\s\S])+)/g`,
  "/^(a+)+$/",
  String.raw`/\s+$/`,
  String.raw`/^(\w+\s?)*$/`,
  "/[a-z]+=.*;/",
])("%s is slow", (pattern) => {
  const [slow] = findSlowPatterns("a.ts", `const slow = ${pattern};`);
  expect(slow).toMatchObject({ line: 1, pattern });
  expect(slow?.growth).toMatch(/exponential|polynomial/);
});

test.each([
  String.raw`/^seg-(\d{5})\.m4s$/`,
  String.raw`/^\s+$/`,
  String.raw`/[_\s]+/g`,
  String.raw`/\p{Cc}/u`,
  String.raw`/^bytes=(\d+)-(\d*)$/`,
])("%s is not", (pattern) => {
  expect(findSlowPatterns("a.ts", `const fast = ${pattern};`)).toEqual([]);
});
