/** The transcoder's image: built from the working tree, and looked into. */
import { findForeignFiles } from "./check-image.ts";
import { mustDocker } from "./docker.ts";
import { dockerfile } from "./find-obstacle.ts";

/** Builds the image as `tag`, with docker's own output for the person. @returns its size in bytes. @throws UserError */
export async function buildImage(tag: string, signal: AbortSignal): Promise<number> {
  const build = ["build", "--force-rm", "--tag", tag, "--file", dockerfile, "."];
  await mustDocker(build, { signal, isShown: true });
  return Number(await mustDocker(["image", "inspect", "--format", "{{.Size}}", tag], { signal }));
}

/**
 * Lists the image's files, all but those that packages brought.
 * @returns how many of them are ours, and those that should not be there
 */
export async function lookInside(tag: string): Promise<{ ours: number; foreign: string[] }> {
  const packages = ["(", "-path", "/usr", "-o", "-path", "/app/node_modules", ")"];
  const list = await mustDocker([
    // As root, who may look into each folder. Not to be aborted: it takes a second, and so removes itself for sure.
    ...["run", "--rm", "--network", "none", "--user", "0", "--entrypoint", "find", tag],
    ...["/", "-xdev", ...packages, "-prune", "-o", "!", "-type", "d", "-print"],
  ]);
  const files = list.split("\n");
  return {
    ours: files.filter((file) => file.startsWith("/app/")).length,
    foreign: findForeignFiles(files),
  };
}
