/** The folder in which a task keeps its files: its own, and gone with it. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** `marquee-{process id of the server}-task-…` or `-code-…`. */
const ours = /^marquee-(\d+)-(?:task|code)-/;

/** Makes a folder for one task of this server. */
export async function makeScratch(): Promise<string> {
  return await makeFolder("task");
}

async function makeFolder(what: "task" | "code"): Promise<string> {
  return await mkdtemp(path.join(tmpdir(), `marquee-${process.pid}-${what}-`));
}

let code: Promise<string> | null = null;

/**
 * The folder in which Node keeps our code as it has compiled it (NODE_COMPILE_CACHE), one for all tasks of this server: a process
 * starts with a third of the work then.
 */
export function codeFolder(): Promise<string> {
  code ??= makeFolder("code");
  return code;
}

/** Removes a task's folder with all that is in it. A program of it that is just being killed may still write. */
export async function removeScratch(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  } catch (error) {
    console.error("a task's folder stays until the next start", folder, error);
  }
}

/** Removes the folders of servers that are dead: one that was killed could not do so itself. */
export async function removeLeftovers(): Promise<void> {
  const names = await readdir(tmpdir());
  const left = names.filter((name) => {
    const owner = ours.exec(name)?.[1];
    return owner !== undefined && !isRunning(Number(owner));
  });
  await Promise.all(left.map((name) => removeScratch(path.join(tmpdir(), name))));
}

/** Is false of this very process too: when it starts, a folder with its number is one before it, as in a container. */
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
