import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../local/project-root.ts";
import { baseImageOf, dockerfile } from "./find-obstacle.ts";

test("the base image is the Node that the project itself runs on", () => {
  const read = (file: string) => readFileSync(path.join(projectRoot, file), "utf8");
  const version = /^node:(.+)-bookworm-slim$/.exec(baseImageOf(read(dockerfile)))?.[1];
  expect(read("package.json")).toContain(`"node": "${version}"`);
  expect(() => baseImageOf("WORKDIR /app\n")).toThrow("no base image");
});
