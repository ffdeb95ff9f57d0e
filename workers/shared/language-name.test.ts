import fc from "fast-check";
import { expect, test } from "vitest";
import { languageName } from "./language-name.ts";

test.each([
  ["de", "German"],
  ["pt-BR", "Brazilian Portuguese"],
  ["de-x-foo", "German"],
  ["en-u-ca-buddhist", "English"],
  ["en-x-a", "English"],
  ["zh-Hant-u-co-stroke", "Traditional Chinese"],
  ["qaa-x-dothraki", "qaa"],
  ["not a tag", "not a tag"],
  ["", ""],
])("%s is called %s", (tag, name) => {
  expect(languageName(tag)).toBe(name);
});

test("every tag that is valid has a name", () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const tags = fc
    .tuple(fc.stringMatching(/^[a-z]{2,3}$/), fc.array(part, { maxLength: 4 }))
    .map(([language, parts]) => [language, ...parts].join("-"));
  fc.assert(fc.property(tags, (tag) => languageName(tag).length > 0));
});
