import { expect, test } from "vitest";
import { summarizeScale, writeScale } from "./summarize-scale.ts";

const figure = (titles: number, name: string, rowsRead: number, kind: "page" | "search" = "page") => ({
  ...{ titles, kind, name, statements: 2, rowsRead, rowsWritten: 0, sqlMs: 1, bytes: 1000 },
});

test("what grows with the library, or reads too much, is marked, and a day of it is priced", () => {
  const rows = summarizeScale([
    figure(100, "home", 0),
    figure(10_000, "home", 0),
    figure(10_000, "watch", 10_000),
    figure(100, "watch", 100),
    figure(100, "search", 10, "search"),
    figure(10_000, "search", 5000, "search"),
    figure(10_000, "search, too wide", 5001, "search"),
    { titles: 10_000, kind: "size", name: "bytes a title", bytes: 5000 },
  ]);
  expect(rows.map(({ name, grows, isOver }) => [name, grows, isOver])).toEqual([
    ["home", false, false],
    ["watch", true, true],
    ["search", false, false],
    ["search, too wide", false, true],
    ["bytes a title", false, false],
  ]);
  expect(rows[1]?.dollarsPerDay).toBeCloseTo(10);
  const text = writeScale(rows);
  expect(text).toContain("10 GB hold 2,000,000");
  expect(text).toMatch(/watch .*100 \(2; 1; 1\.0\).* 10000 .*too much {2}grows/);
});
