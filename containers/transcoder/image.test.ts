/** The image holds what its server imports, and nothing else: no test, no tool, no data, no secret. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { readImports } from "../../scripts/check/read-imports.ts";
import { projectRoot } from "../../scripts/local/project-root.ts";

const read = (file: string): string => readFileSync(path.join(projectRoot, file), "utf8");

/**
 * Files that .dockerignore leaves in, as Docker's classic builder reads it: a pattern counts for all below it too, the last
 * one that matches decides, and a folder left out is entered only if an exception begins with its own path.
 */
function filesInContext(files: readonly string[]): string[] {
  const patterns = read(".dockerignore")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ isException: line.startsWith("!"), glob: line.replace(/^!/, "") }));
  const isLeftOut = (file: string) =>
    patterns.findLast(({ glob }) => [file, ...foldersOf(file)].some((it) => globPattern(glob).test(it)))
      ?.isException === false;
  const isEntered = (folder: string) =>
    !isLeftOut(folder) ||
    patterns.some(({ isException, glob }) => isException && `${glob}/`.startsWith(`${folder}/`));
  return files.filter((file) => !isLeftOut(file) && foldersOf(file).every(isEntered));
}

function foldersOf(file: string): string[] {
  const names = file.split("/").slice(0, -1);
  return names.map((_, n) => names.slice(0, n + 1).join("/"));
}

/** A pattern of .dockerignore: `*` stays within a name, `**` goes over any number of folders, a dot is no exception. */
function globPattern(glob: string): RegExp {
  const meanings: Record<string, string> = { "**/": "(.*/)?", "**": ".*", "*": "[^/]*", ".": "\\." };
  return new RegExp(`^${glob.replace(/\*\*\/|\*\*|\*|\./g, (sign) => meanings[sign] ?? sign)}$`);
}

/** The programs of the image: the server, and what it starts for each task. */
const programs = ["containers/transcoder/server.ts", "containers/transcoder/task-process.ts"];

/** Everything that files import, directly or through others, and themselves. */
function reachedFrom(starts: readonly string[], graph: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>();
  const waiting = [...starts];
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
  expect(inContext.toSorted()).toEqual([...reachedFrom(programs, graph)].toSorted());

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
    ...[
      "containers/transcoder/Dockerfile",
      "containers/transcoder/.env",
      "containers/transcoder/audio/a.wav",
    ],
  ];
  expect(filesInContext([...others, ...tempting])).toEqual(others);
});
