import { expect, test } from "vitest";
import { summarizeScale, writeScale } from "./summarize-scale.ts";

const figure = (titles: number, name: string, rowsRead: number) => ({
  ...{ titles, kind: "page" as const, name, statements: 2, rowsRead, rowsWritten: 0, sqlMs: 1, bytes: 1000 },
});

test("what grows with the library is marked, and a day of it is priced", () => {
  const rows = summarizeScale([
    figure(100, "home", 100),
    figure(10_000, "home", 110),
    figure(10_000, "search", 10_000),
    figure(100, "search", 100),
    { titles: 10_000, kind: "size", name: "bytes a title", bytes: 5000 },
  ]);
  expect(rows.map(({ name, grows }) => [name, grows])).toEqual([
    ["home", false],
    ["search", true],
    ["bytes a title", false],
  ]);
  expect(rows[1]?.dollarsPerDay).toBeCloseTo(10);
  const text = writeScale(rows);
  expect(text).toContain("10 GB hold 2,000,000");
  expect(text).toMatch(/search .*100 \(2; 1; 1\.0\).* 10000 .*grows/);
});
