/** `npm run check`: everything that must hold before a commit, except the tests. Ends with a table of results. */
import "./local/exit-with-parent.ts";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fetchHelpers, findBareFetch } from "./check/find-bare-fetch.ts";
import { findCircles } from "./check/find-circles.ts";
import { findDeadLinks } from "./check/find-dead-links.ts";
import { findSecrets } from "./check/find-secrets.ts";
import { findSlowPatterns, type Verdicts } from "./check/find-slow-patterns.ts";
import { findUndocumented } from "./check/find-undocumented.ts";
import { findForbiddenImports } from "./check/layers.ts";
import { foldersOf, readImports } from "./check/read-imports.ts";
import { projectRoot } from "./local/project-root.ts";
import { wranglerEnv } from "./local/wrangler.ts";

/** A check's complaints; empty when all is well. */
type Complaints = string;

const scratch = mkdtempSync(path.join(tmpdir(), "marquee-check-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

const checks: [string, () => Promise<Complaints> | Complaints][] = [
  ["format and lint", () => run("biome", "check", ".")],
  ["types, each runtime with its own", () => run("tsc", "-b")],
  ["imports follow the layers, in no circle", imports],
  ["Env types match wrangler.toml", envTypes],
  ["migrations match the schema", migrations],
  ["docstrings on exports", docstrings],
  ["every request has a deadline", deadlines],
  ["links in Markdown", links],
  ["regular expressions in linear time", patterns],
  ["no secrets in files", secrets],
  [
    "wrangler deploy (dry run)",
    () =>
      run(
        "wrangler",
        "deploy",
        "--dry-run",
        "--containers-rollout=none",
        "--outdir",
        path.join(scratch, "bundle"),
      ),
  ],
];

const results: { check: string; ok: boolean; seconds: number }[] = [];
for (const [check, find] of checks) {
  const startedAt = performance.now();
  const complaints = await find();
  results.push({ check, ok: complaints === "", seconds: (performance.now() - startedAt) / 1000 });
  if (complaints !== "") console.error(`\n── ${check}\n${complaints}\n`);
}
for (const { check, ok, seconds } of results) {
  console.log(`${ok ? "ok    " : "FAILED"}  ${check.padEnd(40)} ${seconds.toFixed(1).padStart(5)} s`);
}
process.exitCode = results.every((it) => it.ok) ? 0 : 1;

async function envTypes(): Promise<Complaints> {
  const said = await run(
    "wrangler",
    ...["types", "--include-runtime=false", "--strict-vars=false", "--check"],
  );
  return said === "" ? "" : `${said}\nRun: npx wrangler types --include-runtime=false --strict-vars=false`;
}

/** Lets drizzle-kit write the next migration into a copy: there must be none to write. */
async function migrations(): Promise<Complaints> {
  const copy = path.join(scratch, "migrations");
  cpSync(path.join(projectRoot, "migrations"), copy, { recursive: true });
  const before = readdirSync(copy).length;
  const config = path.join(scratch, "drizzle.config.json");
  const schema = path.join(projectRoot, "workers/catalog/schema.ts");
  // drizzle-kit takes the folder relative to where it runs, even when it looks absolute.
  const out = path.relative(projectRoot, copy);
  writeFileSync(config, JSON.stringify({ dialect: "sqlite", schema, out }));
  const said = await run("drizzle-kit", "generate", `--config=${config}`);
  if (said !== "") return said;
  return readdirSync(copy).length === before
    ? ""
    : "workers/catalog/schema.ts has changed. Run: npx drizzle-kit generate --name <what-changed>";
}

/** Holds the product's imports against the layers; tests may import what they like. */
function imports(): Complaints {
  const graph = readImports(sourcesOf("protocol", "workers", "containers", "scripts", "tools"));
  const circles = [...findCircles(graph), ...findCircles(foldersOf(graph))];
  return [
    ...findForbiddenImports(graph),
    ...circles.map((members) => `These import each other in a circle:\n  ${members.join("\n  ")}`),
  ].join("\n");
}

function docstrings(): Complaints {
  return [...sourcesOf("protocol", "workers", "containers", "scripts", "tools", "test/support", "test/fuzz")]
    .flatMap(([file, source]) =>
      findUndocumented(source).map(({ line, name }) => `${file}:${line} ${name} has no docstring`),
    )
    .join("\n");
}

function deadlines(): Complaints {
  return [...sourcesOf("workers", "containers", "scripts")]
    .filter(([file]) => !fetchHelpers.includes(file))
    .flatMap(([file, source]) =>
      findBareFetch(source).map(
        ({ line, text }) =>
          `${file}:${line} ${text}\n  has no deadline; ask with ${fetchHelpers.join(" or ")}.`,
      ),
    )
    .join("\n");
}

function links(): Complaints {
  return globSync(["*.md", "{docs,protocol,workers,containers,scripts,tools,test}/**/*.md"], {
    cwd: projectRoot,
  })
    .flatMap((file) =>
      findDeadLinks(file, readFileSync(path.join(projectRoot, file), "utf8"), (target) =>
        existsSync(path.join(projectRoot, target)),
      ).map(({ line, target }) => `${file}:${line} leads to ${target}, which is not there`),
    )
    .join("\n");
}

/** Reads the TypeScript files of some folders, without tests, by their paths from the project's folder. */
function sourcesOf(...folders: string[]): Map<string, string> {
  const files = folders
    .flatMap((folder) =>
      readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: "utf8" }).map((file) =>
        path.join(folder, file),
      ),
    )
    .filter((file) => /\.tsx?$/.test(file) && !/(\.test\.tsx?|\.d\.ts)$/.test(file));
  return new Map(files.map((file) => [file, readFileSync(path.join(projectRoot, file), "utf8")]));
}

/** A text of a few kilobytes can hold up a process for minutes in a pattern that backtracks. */
function patterns(): Complaints {
  const kept = path.join(projectRoot, "node_modules/.cache/marquee-patterns.json");
  const { version } = JSON.parse(
    readFileSync(path.join(projectRoot, "node_modules/recheck/package.json"), "utf8"),
  );
  const before = existsSync(kept) ? JSON.parse(readFileSync(kept, "utf8")) : {};
  const verdicts: Verdicts = new Map(before.version === version ? before.verdicts : []);
  const complaints = [...sourcesOf("protocol", "workers", "containers", "scripts", "tools")].flatMap(
    ([file, source]) =>
      findSlowPatterns(file, source, verdicts).map(
        ({ line, pattern, growth, attack }) => `${file}:${line} ${pattern} is slow (${growth}), by ${attack}`,
      ),
  );
  mkdirSync(path.dirname(kept), { recursive: true });
  writeFileSync(kept, JSON.stringify({ version, verdicts: [...verdicts] }));
  return complaints.join("\n");
}

async function secrets(): Promise<Complaints> {
  const { output, code } = await collect("git", "ls-files", "--cached", "--others", "--exclude-standard");
  if (code !== 0) return ""; // an export without its git folder: nothing says which files are ours
  return output
    .split("\n")
    .filter((file) => file !== "" && !/\.(png|jpg|mp4|webm|ico|woff2)$|^package-lock\.json$/.test(file))
    .filter((file) => existsSync(path.join(projectRoot, file)))
    .flatMap((file) =>
      findSecrets(readFileSync(path.join(projectRoot, file), "utf8")).map(
        ({ line, kind }) => `${file}:${line} ${kind}`,
      ),
    )
    .join("\n");
}

/** Runs a program of node_modules/.bin. @returns nothing when it succeeds, else its output. */
async function run(command: string, ...args: string[]): Promise<Complaints> {
  const { output, code } = await collect(command, ...args);
  return code === 0 ? "" : output.trim() || `${command} ended with ${code}`;
}

async function collect(command: string, ...args: string[]): Promise<{ output: string; code: number }> {
  const child = spawn(command, args, {
    cwd: projectRoot,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...wranglerEnv },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, "close");
  return { output, code: typeof code === "number" ? code : 1 };
}
