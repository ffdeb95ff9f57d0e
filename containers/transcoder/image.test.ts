/** The image holds what its server imports, and nothing else: no test, no tool, no data, no secret. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { readImports } from "../../scripts/check/read-imports.ts";
import { projectRoot } from "../../scripts/local/project-root.ts";

const read = (file: string): string => readFileSync(path.join(projectRoot, file), "utf8");

/** Files that a pattern list in the manner of .dockerignore leaves in: the last pattern that matches decides. */
function filesInContext(files: readonly string[]): string[] {
  const patterns = read(".dockerignore")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  return files.filter((file) => {
    let isIn = true;
    for (const pattern of patterns) {
      const glob = pattern.replace(/^!/, "");
      if (glob === "*" || path.matchesGlob(file, glob)) isIn = pattern.startsWith("!");
    }
    return isIn;
  });
}

/** Everything that a file imports, directly or through others, and itself. */
function reachedFrom(start: string, graph: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>();
  const waiting = [start];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    waiting.push(...(graph.get(file) ?? []));
  }
  return reached;
}

test("the image's TypeScript is exactly what its server imports", () => {
  const all = globSync(["{protocol,containers,workers,scripts,tools,test}/**/*.{ts,tsx}"], {
    cwd: projectRoot,
  });
  const graph = readImports(new Map(all.map((file) => [file, read(file)])));
  const inContext = filesInContext(all);
  expect(inContext.toSorted()).toEqual([...reachedFrom("containers/transcoder/server.ts", graph)].toSorted());

  const copied = [...read("containers/transcoder/Dockerfile").matchAll(/^COPY (.+) \S+$/gm)]
    .flatMap(([, sources = ""]) => sources.split(" "))
    .map((source) => source.replace(/\/$/, ""));
  const isCopied = (file: string) =>
    copied.some((source) => file === source || file.startsWith(`${source}/`));
  expect(inContext.filter((file) => !isCopied(file))).toEqual([]);
});

test("nothing but sources, the lock file and the package installer gets into the build", () => {
  const others = ["package.json", "package-lock.json", "scripts/install-packages.sh"];
  const tempting = [
    ...[".dev.vars", ".env", ".git/config", ".wrangler/state/key", "node_modules/zod/index.js", "README.md"],
    ...["scripts/start.ts", "workers/index.ts", "containers/transcoder/tsconfig.json", "protocol/README.md"],
    ...["containers/transcoder/server.test.ts", "containers/transcoder/audio/audio.test.ts"],
  ];
  expect(filesInContext([...others, ...tempting])).toEqual(others);
});
