import { expect, test } from "vitest";
import { findCircles } from "./find-circles.ts";
import { findForbiddenImports } from "./layers.ts";
import { foldersOf, readImports } from "./read-imports.ts";

const graphOf = (files: Record<string, string>) => readImports(new Map(Object.entries(files)));

test("an import of a type closes a circle of files, however many files lie between", () => {
  const graph = graphOf({
    "workers/shared/a.ts": 'import { b } from "./b.ts";',
    "workers/shared/b.ts": 'export { c } from "./c.ts";\nimport "node:fs";',
    "workers/shared/c.ts": 'import type { A } from "./a.ts";',
    "workers/shared/d.ts": 'const { a } = await import("./a.ts");',
  });
  expect(findCircles(graph)).toEqual([["workers/shared/a.ts", "workers/shared/b.ts", "workers/shared/c.ts"]]);
});

test("two circles that touch nothing of each other are two", () => {
  const graph = new Map([
    ["a", ["b"]],
    ["b", ["a", "c"]],
    ["c", ["d"]],
    ["d", ["c"]],
    ["e", ["a"]],
  ]);
  expect(findCircles(graph)).toEqual([
    ["a", "b"],
    ["c", "d"],
  ]);
});

test("folders can go round where no file does", () => {
  const graph = graphOf({
    "workers/playback/hls/a.ts": 'import { b } from "../dash/b.ts";',
    "workers/playback/dash/b.ts": "export const b = 1;",
    "workers/playback/dash/c.ts": 'import { d } from "../hls/d.ts";',
    "workers/playback/hls/d.ts": "export const d = 1;",
  });
  expect(findCircles(graph)).toEqual([]);
  expect(findCircles(foldersOf(graph))).toEqual([["workers/playback/dash", "workers/playback/hls"]]);
});

test("an import against the arrows is named with what would be allowed", () => {
  const graph = graphOf({
    "workers/playback/gateway/gateway.ts": 'import { plan } from "../../pipeline/plan.ts";',
    "workers/pipeline/plan.ts": 'import type { Task } from "../../protocol/task.ts";',
    "protocol/task.ts": "export type Task = string;",
    "workers/catalog/schema.ts": 'import { x } from "../http/x.ts";',
    "workers/http/x.ts": 'import { y } from "../catalog/schema.ts";',
    "elsewhere/z.ts": "",
  });
  expect(findForbiddenImports(graph)).toEqual([
    "workers/playback/gateway/gateway.ts imports workers/pipeline/plan.ts: workers/playback may import workers/catalog, workers/safety, workers/http, workers/hls, workers/shared.",
    "workers/catalog/schema.ts imports workers/http/x.ts: workers/catalog may import workers/shared.",
    "elsewhere/z.ts lies in no layer. Name its folder in scripts/check/layers.ts.",
  ]);
});
