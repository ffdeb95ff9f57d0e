/** The real Marquee for a test: what `npm start` runs, on free ports, with a state folder of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../../scripts/local/free-port.ts";
import { type Stack, startStack } from "../../scripts/local/stack.ts";
import { copyStateTemplate } from "../support/state-template.ts";

/** A running Marquee that can be broken. Its URL and key outlive {@link TestStack.restart}. */
export interface TestStack {
  url: string;
  key: string;
  /** SIGKILLs the transcoder and its FFmpeg. It is started again, as a container would be. */
  killTranscoder(): void;
  /** The processes of the transcoder and of `wrangler dev`, as they are now. */
  pids(): { transcoder: number; worker: number };
  /** Folders of everything that lasts, and of log files. */
  state: string;
  logs: string;
  /** SIGKILLs all processes at once, as a power cut would. */
  killEverything(): Promise<void>;
  /** Starts everything again on the same data. */
  restart(): Promise<void>;
  /** Stops everything and throws its data away. */
  stop(): Promise<void>;
}

/** Starts a Marquee with an empty library. @param vars of the Worker that are to have other values than wrangler.toml's */
export async function startTestStack(vars: Record<string, string> = {}): Promise<TestStack> {
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-end-to-end-"));
  await copyStateTemplate(path.join(folder, "state"));
  const logs = path.join(folder, "logs");
  const port = await freePort();
  const start = async (): Promise<Stack> => {
    const stack = await startStack({
      port,
      state: path.join(folder, "state"),
      logs,
      vars,
      onTrouble: (line) => console.error(line),
    });
    if (stack === null) throw new Error("Marquee was told to stop while it started.");
    return stack;
  };
  let stack = await start();
  return {
    url: stack.url,
    key: stack.key,
    state: path.join(folder, "state"),
    logs: path.join(folder, "logs"),
    killTranscoder: () => stack.transcoder.crash(),
    pids: () => ({ transcoder: stack.transcoder.pid() ?? 0, worker: stack.worker.pid() ?? 0 }),
    killEverything: () => stack.kill(),
    restart: async () => {
      stack = await start();
    },
    stop: async () => {
      await stack.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
