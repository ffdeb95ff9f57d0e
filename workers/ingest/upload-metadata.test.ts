import fc from "fast-check";
import { expect, test } from "vitest";
import { Problem } from "../http/problem.ts";
import { parseUploadMetadata } from "./upload-metadata.ts";

const encode = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([key, value]) => `${key} ${new TextEncoder().encode(value).toBase64()}`)
    .join(",");

test("reads what tus-js-client and Uppy send", () => {
  expect(
    parseUploadMetadata(
      encode({ filename: "film.mp4", filetype: "video/mp4", title: " Ran ", language: "JA-jp" }),
    ),
  ).toEqual({ filename: "film.mp4", filetype: "video/mp4", title: "Ran", language: "ja-JP" });
  expect(parseUploadMetadata(encode({ name: "C:\\films\\a b.mov", type: "" }))).toEqual({
    filename: "a b.mov",
    filetype: null,
    title: null,
    language: null,
  });
  expect(parseUploadMetadata("")).toMatchObject({ filename: "untitled" });
  expect(parseUploadMetadata("is_confidential, filename YS5tcDQ=")).toMatchObject({ filename: "a.mp4" });
});

test("a name or title that shows nothing is as good as none", () => {
  expect(parseUploadMetadata(encode({ filename: "\u200b", title: "\u3164 \u202e" }))).toMatchObject({
    filename: "untitled",
    title: null,
  });
});

test("a name or title can't show as another one", () => {
  const metadata = { filename: "a\u202egpj.mp4", title: "\u2067Ran\u2069 \u202d1985" };
  expect(parseUploadMetadata(encode(metadata))).toMatchObject({ filename: "agpj.mp4", title: "Ran 1985" });
});

test.each([
  ["filename !!!", "filename"],
  ["filename YQ", "filename"], // base64 without its padding
  ["filename Y Q==", "filename"],
  ["filename YQ==,filename Yg==", "filename"],
  ["filename YQ==,,title YQ==", ""],
  ["filename /w==", "filename"], // not UTF-8
  [encode({ filename: "a\nb" }), "filename"],
  [encode({ filename: "a".repeat(256) }), "filename"],
  [encode({ title: "a".repeat(201) }), "title"],
  [encode({ language: "english!" }), "language"],
  [encode({ language: "en_US" }), "language"],
])("refuses %j", (header, key) => {
  expect(() => parseUploadMetadata(header)).toThrowError(
    expect.objectContaining({ status: 400, code: "invalid_metadata", members: { key } }),
  );
});

const filenames = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 40 })
  .filter((name) => name.trim() === name && !/[/\\\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(name));

test("any header is read or refused with a problem, and any file name comes back without its folders", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 100 }), (header) => {
      try {
        expect(parseUploadMetadata(header).filename).not.toBe("");
      } catch (error) {
        expect(error).toBeInstanceOf(Problem);
      }
    }),
  );
  fc.assert(
    fc.property(filenames, (filename) => {
      expect(parseUploadMetadata(encode({ filename: `films/${filename}` })).filename).toBe(filename);
    }),
  );
});
