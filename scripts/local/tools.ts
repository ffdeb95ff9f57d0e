/** The programs that npm can't install: found, installed where we may, or asked for in one exact line. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "./project-root.ts";
import { UserError } from "./user-error.ts";

/** A program that Marquee calls, and the package it comes in. */
interface Tool {
  /** Names it may have on PATH, or absolute paths. */
  commands: string[];
  packages: { apt: string; brew: string; dnf: string };
}

const ffmpegPackages = { apt: "ffmpeg", brew: "ffmpeg", dnf: "ffmpeg-free" };

const tools = {
  ffmpeg: { commands: ["ffmpeg"], packages: ffmpegPackages },
  ffprobe: { commands: ["ffprobe"], packages: ffmpegPackages },
  chromium: {
    commands: [
      "chromium",
      "chromium-browser",
      "google-chrome",
      "/Applications/Chromium.app/Contents/MacOS/Chromium",
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ],
    packages: { apt: "chromium", brew: "--cask chromium", dnf: "chromium" },
  },
  nginx: {
    // Debian keeps it where only root's PATH looks.
    commands: ["nginx", "/usr/sbin/nginx"],
    packages: { apt: "nginx-light", brew: "nginx", dnf: "nginx" },
  },
} satisfies Record<string, Tool>;

/** A program that {@link ensureTools} knows. */
export type ToolName = keyof typeof tools;

/** The file of a program on PATH, or null. */
export function findTool(name: ToolName): string | null {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  const candidates = tools[name].commands.flatMap((command) =>
    path.isAbsolute(command) ? [command] : folders.map((folder) => path.join(folder, command)),
  );
  return candidates.find(isExecutable) ?? null;
}

/**
 * Makes sure that the programs are there, installing their packages when this is Debian or Ubuntu and we are root.
 * @throws UserError with the one line to type otherwise.
 */
export function ensureTools(...names: ToolName[]): void {
  const missing = names.filter((name) => findTool(name) === null);
  if (missing.length === 0) return;
  const packages = (manager: keyof Tool["packages"]) =>
    [...new Set(missing.map((name) => tools[name].packages[manager]))].join(" ");
  if (onPath("apt-get")) {
    const root = process.getuid?.() === 0;
    const sudo =
      !root && onPath("sudo") && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0;
    if (root || sudo) installByApt(packages("apt"), sudo);
    if (names.every((name) => findTool(name) !== null)) return;
  }
  const line = onPath("apt-get")
    ? `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages("apt")}`
    : onPath("dnf")
      ? `sudo dnf install -y ${packages("dnf")}`
      : `brew install ${packages("brew")}`;
  throw new UserError(`Marquee needs ${missing.join(" and ")}. Type this, then start again:\n  ${line}`);
}

function installByApt(packages: string, sudo: boolean): void {
  console.error(`Installing ${packages} (apt-get)…`);
  const script = [path.join(projectRoot, "scripts/install-packages.sh"), ...packages.split(" ")];
  const [command, ...args] = sudo ? ["sudo", "-n", ...script] : script;
  if (command === undefined) return;
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) console.error(`${stdout}${stderr}`.trim());
}

function onPath(command: string): boolean {
  return (process.env.PATH ?? "")
    .split(path.delimiter)
    .some((folder) => isExecutable(path.join(folder, command)));
}

function isExecutable(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
