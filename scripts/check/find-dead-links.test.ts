import { expect, test } from "vitest";
import { findDeadLinks } from "./find-dead-links.ts";

test("a link to a file that was moved is found; addresses and anchors are not looked at", () => {
  const text = [
    "[here](../workers/index.ts) and [gone](../workers/gone.ts#part)",
    "[web](https://example.com/x.ts) [below](#below) [beside](api.md#x)",
  ].join("\n");
  const exists = (target: string) => ["workers/index.ts", "docs/api.md"].includes(target);
  expect(findDeadLinks("docs/architecture.md", text, exists)).toEqual([
    { line: 1, target: "../workers/gone.ts" },
  ]);
});
