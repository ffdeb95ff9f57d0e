/** The reasons why a machine can't try the transcoder's image, each with what to do about it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../local/project-root.ts";
import { type DockerResult, runDocker } from "./docker.ts";

/** The transcoder's Dockerfile, relative to the project's folder. */
export const dockerfile = "containers/transcoder/Dockerfile";

/**
 * Looks for docker, its daemon and the base image, which it pulls where it is missing.
 * @returns a sentence when one of them can't be had, else null. @throws the abort signal's reason
 */
export async function findObstacle(signal: AbortSignal): Promise<string | null> {
  const version = await runDocker(["version", "--format", "{{.Server.Version}}"], { signal });
  if (version === null) {
    return "The image can't be tried here: there is no docker program. Install Docker, on Debian: apt-get install docker.io";
  }
  if (version.exitCode !== 0) {
    return `The image can't be tried here: Docker's daemon does not answer. Start it, then try again. ${lastLine(version)}`;
  }
  const base = baseImageOf(readFileSync(path.join(projectRoot, dockerfile), "utf8"));
  const present = await runDocker(["image", "inspect", base], { signal });
  if (present?.exitCode === 0) return null;
  console.error(`Pulling ${base}…`);
  const pulled = await runDocker(["pull", "--quiet", base], { signal });
  if (pulled?.exitCode === 0) return null;
  return `The image can't be tried here: its base ${base} is missing and can't be pulled. docs/operations.md ("Try the image") says how to make one. ${lastLine(pulled)}`;
}

/** The image that a Dockerfile builds upon. @throws Error when it names none */
export function baseImageOf(text: string): string {
  const base = /^FROM (\S+)/m.exec(text)?.[1];
  if (base === undefined) throw new Error(`${dockerfile} names no base image.`);
  return base;
}

/** The last line of what a command complained about, where docker says the reason. */
function lastLine(result: DockerResult | null): string {
  return `Docker says: ${result?.stderr.trim().split("\n").at(-1) ?? ""}`;
}
