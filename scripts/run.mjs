/**
 * Runs one of our TypeScript scripts: `node scripts/run.mjs scripts/start.ts [arguments]`.
 *
 * Plain JavaScript for Node 20, because it runs before anything is installed. It installs what package-lock.json says
 * when something is missing, then starts the script with the Node that came along as the npm package `node`.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..");
const modules = path.join(root, "node_modules");
const node = path.join(modules, "node", "bin", process.platform === "win32" ? "node.exe" : "node");

/** Node that may run this file, and npm itself. */
const oldestNodeMajor = 20;

const [script, ...args] = process.argv.slice(2);
if (script === undefined) stop("Say which script to run: node scripts/run.mjs scripts/start.ts");
if (Number(process.versions.node.split(".")[0]) < oldestNodeMajor) {
  stop(
    `Marquee needs Node ${oldestNodeMajor} or newer; this is Node ${process.versions.node}. Install a newer one.`,
  );
}
if (!isInstalled()) {
  console.error("Installing packages (npm ci), about half a minute…");
  npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
}
if (!existsSync(node)) npm(["rebuild", "node", "--loglevel=error"]);
if (!existsSync(node)) stop("Node 24 is not in node_modules/node/bin. Run: npm rebuild node");

const child = spawn(node, ["--disable-warning=ExperimentalWarning", path.resolve(root, script), ...args], {
  stdio: ["inherit", "inherit", "inherit", "ipc"],
  env: {
    ...process.env,
    MARQUEE_EXIT_WITH_PARENT: "1",
    PATH: `${path.join(modules, ".bin")}${path.delimiter}${process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin"}`,
  },
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
// npm killed outright passes no signal on; its child is then adopted by another process.
const parent = process.ppid;
if (process.env.npm_lifecycle_event !== undefined) {
  setInterval(() => process.ppid !== parent && child.kill("SIGTERM"), 1000).unref();
}
child.on("error", (error) => stop(`Could not start ${node}: ${error.message}`));
child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 128 + signalNumber(signal)));

/** Whether every package of the lock file is there in its version, by npm's own record of what it has put there. */
function isInstalled() {
  try {
    const wanted = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8")).packages;
    const present = JSON.parse(readFileSync(path.join(modules, ".package-lock.json"), "utf8")).packages;
    return Object.entries(wanted).every(
      ([where, entry]) =>
        where === "" || entry.optional === true || present[where]?.version === entry.version,
    );
  } catch {
    return false;
  }
}

function npm(npmArguments) {
  const own = process.env.npm_execpath;
  const [command, first] = own?.endsWith(".js") ? [process.execPath, [own]] : ["npm", []];
  const { status, error } = spawnSync(command, [...first, ...npmArguments], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    // Installing needs the development packages too, whatever the shell says.
    env: { ...process.env, NODE_ENV: "development", npm_config_omit: "" },
  });
  if (error !== undefined) stop(`npm could not be run (${error.message}). Install npm, then try again.`);
  if (status !== 0) stop(`npm ${npmArguments[0]} failed. Read its message above, then try again.`);
}

function signalNumber(signal) {
  return { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 1;
}

function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}
