import { expect, test } from "vitest";
import { parseArguments } from "./parse-arguments.ts";

const common = { server: undefined, key: undefined, json: false };

test("reads every command", () => {
  expect(
    parseArguments(["upload", "a b.mp4", "--title", "A", "--language", "de", "--wait", "--json"]),
  ).toEqual({
    ...common,
    json: true,
    name: "upload",
    file: "a b.mp4",
    title: "A",
    language: "de",
    wait: true,
  });
  expect(parseArguments(["assets", "--server", "http://x", "--key=k"])).toEqual({
    ...common,
    server: "http://x",
    key: "k",
    name: "assets",
  });
  for (const name of ["asset", "retry", "delete", "undelete"]) {
    expect(parseArguments([name, "ast_1"])).toEqual({ ...common, name, id: "ast_1" });
  }
  expect(parseArguments(["signing-keys"])).toEqual({ ...common, name: "signing-keys", action: "list" });
  expect(parseArguments(["signing-keys", "create", "--name", "Site", "--public-key", "key.pem"])).toEqual({
    ...{ ...common, name: "signing-keys", action: "create", keyName: "Site", publicKeyFile: "key.pem" },
  });
  expect(parseArguments(["signing-keys", "revoke", "sgk_1"])).toEqual({
    ...{ ...common, name: "signing-keys", action: "revoke", kid: "sgk_1" },
  });
  for (const args of [[], ["help"], ["--help"], ["upload", "-h"]]) {
    expect(parseArguments(args)).toEqual({ ...common, name: "help" });
  }
});

test.each([
  [["upload"]],
  [["upload", "a", "b"]],
  [["asset"]],
  [["assets", "x"]],
  [["play"]],
  [["upload", "a", "--titel", "A"]],
  [["upload", "a", "--title"]],
  [["signing-keys", "delete", "sgk_1"]],
  [["signing-keys", "revoke"]],
  [["signing-keys", "create", "x"]],
])("refuses %j with one sentence and the way to help", (args) => {
  expect(() => parseArguments(args)).toThrowError(
    expect.objectContaining({ code: "usage", message: expect.stringMatching(/\. See .*--help\.$/) }),
  );
});
