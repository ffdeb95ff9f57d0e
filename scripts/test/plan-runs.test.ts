import { expect, test } from "vitest";
import { planRuns } from "./plan-runs.ts";

const none = (): string[] => {
  throw new Error("nobody asked for what changed");
};
const endToEnd = ["--project", "end-to-end"];
const modules = ["--project", "workers", "--project", "node"];

test("everything is two runs side by side, and chosen tests are one", () => {
  expect(planRuns([], none)).toEqual([endToEnd, modules]);
  expect(planRuns(["--project", "workers", "workers/ingest"], none)).toEqual([
    ["--project", "workers", "workers/ingest"],
  ]);
});

test("a change of the product can touch every end-to-end test; one of a test only itself", () => {
  const changed = (...files: string[]) => planRuns(["--changed", "HEAD~1"], () => files);
  const own = [...modules, "--passWithNoTests", "--changed", "HEAD~1"];
  expect(changed("workers/index.ts")).toEqual([endToEnd, own]);
  expect(changed("wrangler.toml", "README.md")).toEqual([endToEnd, own]);
  expect(changed("workers/http/problem.test.ts", "docs/api.md")).toEqual([own]);
  expect(changed("test/end-to-end/tracks.test.ts")).toEqual([
    [...endToEnd, "test/end-to-end/tracks.test.ts"],
    own,
  ]);
});
