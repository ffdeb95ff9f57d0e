import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStateFolder } from "./state-folder.ts";
import { UserError } from "./user-error.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "marquee-state-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a missing folder is made, with those above it; one that is there stays", () => {
  const state = path.join(folder, "a/b");
  openStateFolder(state);
  writeFileSync(path.join(state, "kept"), "");
  openStateFolder(state);
  expect(statSync(path.join(state, "kept")).isFile()).toBe(true);
});

test.each([
  ["file", "it is not a folder"],
  ["file/below", "a part of its path is not a folder"],
])("%s gets one sentence: %s", (name, why) => {
  writeFileSync(path.join(folder, "file"), "");
  const state = path.join(folder, name);
  const open = () => openStateFolder(state);
  expect(open).toThrow(UserError);
  expect(open).toThrow(`${state} can't keep Marquee's data: ${why}. Set MARQUEE_STATE`);
});
