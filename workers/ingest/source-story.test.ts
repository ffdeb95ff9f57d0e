import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { newId } from "../shared/new-id.ts";
import { maxStoryBytes, readSourceStory, type SourceStory, writeSourceStory } from "./source-story.ts";

const story = fc.record<SourceStory>({
  title: fc.option(fc.string({ unit: "binary", maxLength: 100 })),
  language: fc.option(fc.constantFrom("en", "pt-BR", "zh-Hant-TW")),
  owner: fc.string({ unit: "binary", maxLength: 40 }),
  asset: fc.constant(newId("asset")),
  titleId: fc.constant(newId("title")),
  upload: fc.constant(newId("upload")),
  filename: fc.string({ unit: "binary", maxLength: 127 }),
  createdAt: fc.integer({ min: 0, max: 4e12 }),
});

const bytesOf = (metadata: Record<string, string>) =>
  Object.entries(metadata).reduce((sum, [name, value]) => sum + name.length + value.length, 0);

test("a story in any script comes back as it was", () => {
  fc.assert(
    fc.property(story, (told) => {
      expect(readSourceStory(writeSourceStory(told))).toEqual(told);
    }),
  );
});

test("texts of any length stay below R2's limit, and are cut between characters", () => {
  const long = fc.string({ unit: fc.constantFrom("a", "é", "映", "🎬", "م"), maxLength: 5000, size: "max" });
  fc.assert(
    fc.property(story, long, long, (told, title, filename) => {
      const written = writeSourceStory({ ...told, title, filename });
      expect(bytesOf(written)).toBeLessThan(maxStoryBytes);
      const read = readSourceStory(written);
      expect(title.startsWith(read?.title ?? "-")).toBe(true);
      expect(filename.startsWith(read?.filename ?? "-")).toBe(true);
    }),
  );
});

test("R2 keeps the longest story", async () => {
  const told: SourceStory = {
    ...{ title: "🎬".repeat(3000), language: "zh-Hant-TW", owner: "prd_1", filename: "映".repeat(3000) },
    ...{ asset: newId("asset"), titleId: newId("title"), upload: newId("upload"), createdAt: 5 },
  };
  const customMetadata = writeSourceStory(told);
  await env.SOURCES.put("sources/long", "x", { customMetadata });
  const head = await env.SOURCES.head("sources/long");
  expect(head?.customMetadata).toEqual(customMetadata);
});

test.each([
  ["none", undefined],
  ["something else", { owner: "x" }],
  ["broken encoding", { ...writeSourceStory(anyStory()), filename: "%E4%" }],
  ["another's id", { ...writeSourceStory(anyStory()), asset: "../x" }],
])("metadata that is no story is no story: %s", (_what, metadata) => {
  expect(readSourceStory(metadata)).toBeNull();
});

function anyStory(): SourceStory {
  return {
    ...{ title: null, language: null, owner: "prd_1", filename: "f", createdAt: 0 },
    ...{ asset: newId("asset"), titleId: newId("title"), upload: newId("upload") },
  };
}
