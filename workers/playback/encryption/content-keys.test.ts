import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { contentKeys, deriveContentKey, type KeyScope } from "./content-keys.ts";
import { parseKeyFolder, writeKeyFolder } from "./key-folder.ts";

const scope: KeyScope = {
  assetId: "ast_1",
  revision: 3,
  kid: "c2",
  rendition: "v720p-1",
  keyFile: "segments-00000.key",
};

test("a key is 16 bytes, the same each time, and another one for anything else", async () => {
  const keys = await contentKeys(env);
  const one = await deriveContentKey(keys, scope);
  expect(one).toHaveLength(16);
  expect(await deriveContentKey(keys, { ...scope })).toEqual(one);
  const others: Partial<KeyScope>[] = [
    { assetId: "ast_2" },
    { revision: 4 },
    { kid: "c1" },
    { rendition: "v1080p-1" },
    { keyFile: "segments-00001.key" },
    { keyFile: "iframes.key" },
  ];
  const all = await Promise.all(others.map((other) => deriveContentKey(keys, { ...scope, ...other })));
  expect(new Set([one, ...all].map((key) => key?.toHex()))).toHaveProperty("size", others.length + 1);
});

test("a secret that is no longer listed opens nothing", async () => {
  expect(await deriveContentKey(await contentKeys(env), { ...scope, kid: "c9" })).toBeNull();
});

test.each([
  ["is no JSON", "x"],
  ["is too short", JSON.stringify({ current: "c1", keys: { c1: "c2hvcnQ" } })],
  ["does not list the current one", JSON.stringify({ current: "c2", keys: { c1: "A".repeat(44) } })],
  [
    "has a name that no address can hold",
    JSON.stringify({ current: "a/b", keys: { "a/b": "A".repeat(44) } }),
  ],
])("a secret that %s is an error", async (_, CONTENT_KEYS) => {
  await expect(contentKeys({ CONTENT_KEYS })).rejects.toThrow();
});

test("a folder's name is read back in one spelling only", () => {
  const folder = { assetId: "ast_1a", revision: 12, kid: "c1" };
  expect(writeKeyFolder(folder)).toBe("k12-c1-ast_1a");
  expect(parseKeyFolder("k12-c1-ast_1a")).toEqual(folder);
  for (const name of [
    ...["k012-c1-ast_1a", "k0-c1-ast_1a", "k-c1-ast_1a", "k12--ast_1a", "k12-C1-ast_1a", "k12-c1-ast_1a/"],
    ...["12-c1-ast_1a", "k1e3-c1-ast_1a", "k12-c1", "k12-c1-", "k12-c1-ast_", "k12-c1-AST_1A", ""],
  ]) {
    expect(parseKeyFolder(name), name).toBeNull();
  }
});
