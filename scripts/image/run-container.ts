/** The transcoder in a container that may do as little as Linux lets it. */
import { setTimeout as wait } from "node:timers/promises";
import { fetchWithin } from "../../workers/shared/fetch-within.ts";
import { freePort } from "../local/free-port.ts";
import { UserError } from "../local/user-error.ts";
import { findWeaknesses } from "./check-image.ts";
import { mustDocker, runDocker } from "./docker.ts";

/** How long the server in it may take to answer, milliseconds: Node and FFmpeg are read from a cold disk. */
const startMs = 60_000;

/**
 * Starts the image's server in a container called `name`, on a free port of 127.0.0.1.
 *
 * It shares this machine's network, because the Worker that it reports to listens on 127.0.0.1 alone.
 * @param key with which tasks must come. @returns the URL at which it will answer
 */
export async function startContainer(image: string, name: string, key: string): Promise<string> {
  const port = await freePort();
  // Not to be aborted: after its end, which comes at once, the container is there to be removed.
  await mustDocker(
    [
      ...["run", "--detach", "--name", name, "--network", "host"],
      ...["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
      ...["--env", "HOST=127.0.0.1", "--env", `PORT=${port}`, "--env", "TRANSCODER_KEY", image],
    ],
    { env: { TRANSCODER_KEY: key } }, // not on the command line, which everybody can read
  );
  return `http://127.0.0.1:${port}`;
}

/** Waits until the server at `url` is healthy. @throws UserError when it takes too long; the signal's AbortError */
export async function untilHealthy(url: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + startMs;
  while (!(await isHealthy(url))) {
    if (Date.now() > deadline) {
      throw new UserError(
        `The container does not answer on ${url}. Docker Desktop has to be told to allow host networking.`,
      );
    }
    await wait(200, undefined, { signal });
  }
}

/** Finds what the container's first process could do but should not. @returns a sentence each */
export async function inspectContainer(name: string, signal: AbortSignal): Promise<string[]> {
  const read = (file: string) => mustDocker(["exec", name, "cat", file], { signal });
  return findWeaknesses(await read("/proc/1/status"), await read("/proc/1/mounts"));
}

/** The last lines that the container's server wrote. */
export async function containerLog(name: string): Promise<string> {
  const log = await runDocker(["logs", "--tail", "40", name]);
  return `${log?.stdout ?? ""}${log?.stderr ?? ""}`.trim();
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetchWithin(5_000, `${url}/healthz`)).ok;
  } catch {
    return false;
  }
}
