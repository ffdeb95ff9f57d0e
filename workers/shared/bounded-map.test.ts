import { expect, test } from "vitest";
import { BoundedMap } from "./bounded-map.ts";

test("the oldest entries go first, and writing an entry again makes it the newest", () => {
  const map = new BoundedMap<string, number>(3);
  map.set("a", 1).set("b", 2).set("c", 3).set("a", 4).set("d", 5);
  expect([...map]).toEqual([
    ["c", 3],
    ["a", 4],
    ["d", 5],
  ]);
  expect(map.get("b")).toBeUndefined();
});
