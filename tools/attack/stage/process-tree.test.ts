import { expect, test } from "vitest";
import { residentBytesOf, type SeenProcess, treeOf } from "./process-tree.ts";

const seen = (pid: number, parent: number, residentBytes: number): SeenProcess => ({
  ...{ pid, parent, residentBytes, command: "" },
});

test("a tree is a process, its children and theirs, and nobody else", () => {
  const all = [seen(4, 3, 8), seen(1, 0, 1), seen(3, 2, 4), seen(2, 1, 2), seen(9, 1, 100)];
  expect(
    treeOf(2, all)
      .map(({ pid }) => pid)
      .sort(),
  ).toEqual([2, 3, 4]);
  expect(residentBytesOf(treeOf(2, all))).toBe(14);
  expect(treeOf(7, all)).toEqual([]);
});
