/**
 * The whole of Marquee on one machine: `wrangler dev` (Worker, D1, R2, Queues) and the transcoder as a local process.
 * `npm start` and the end-to-end tests run exactly this.
 */
import { mkdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fetchWithin } from "../../workers/shared/fetch-within.ts";
import { ensureDiskSpace } from "./disk-space.ts";
import { freePort, isPortFree } from "./free-port.ts";
import { ensureLocalSecrets, localTranscoderKey } from "./local-secrets.ts";
import { migrate } from "./migrate.ts";
import { projectRoot } from "./project-root.ts";
import { runCron } from "./run-cron.ts";
import { openStateFolder } from "./state-folder.ts";
import { lockState } from "./state-lock.ts";
import { type Program, type Service, supervise } from "./supervise.ts";
import { UserError } from "./user-error.ts";
import { watchAnswers } from "./watch-answers.ts";
import { wranglerEnv, wranglerFile } from "./wrangler.ts";

/** Settings of a stack. */
export interface StackOptions {
  /** TCP port of 127.0.0.1 for the Worker. */
  port: number;
  /** Folder of everything that lasts: D1, R2, the producer's key. */
  state: string;
  /** Folder of log files. */
  logs: string;
  /** Receives lines that a person should see while it runs. */
  onTrouble(line: string): void;
  /** Its address where a proxy stands before it, `https://host`; without one it answers loopback names only. */
  origin?: string;
  /** Variables of the Worker (wrangler.toml) that are to have other values. */
  vars?: Record<string, string>;
  /** A transcoder that runs already, somewhere else. Without it the stack runs one of its own. */
  transcoderUrl?: string;
  /** Gives up starting, when it aborts before all is healthy. */
  signal?: AbortSignal;
}

/** A running Marquee. */
export interface Stack {
  url: string;
  /** A producer's API key. */
  key: string;
  /** Does nothing where `transcoderUrl` names one that is not the stack's to end. */
  transcoder: Service;
  worker: Service;
  /** Stops everything, in order. All data stays. */
  stop(): Promise<void>;
  /** SIGKILLs everything at once, as a power cut would. All data stays. */
  kill(): Promise<void>;
}

/** Longest wait for the first answer, milliseconds: the slowest laptops need a minute to bundle. */
const startMs = 180_000;

/**
 * One that leaves this many asks in a row unanswered is stuck, and is killed and started again: a transcoder within 21 s, the Worker
 * within 44 s. Encodes step back for both, so that a busy machine makes neither deaf.
 */
const watched = {
  transcoder: { everyMs: 2_000, answerMs: 5_000, patience: 3, startMs: 30_000 },
  worker: { everyMs: 3_000, answerMs: 8_000, patience: 4, startMs: startMs },
};

/** Longest wait for one answer of a Marquee that starts, milliseconds. */
const healthMs = 10_000;

/**
 * Starts Marquee and waits until it is healthy.
 * @returns null when `options.signal` aborted meanwhile.
 * @throws UserError when the state folder or the port is in use, the disk is full, or it does not get healthy.
 */
export async function startStack(options: StackOptions): Promise<Stack | null> {
  const state = path.resolve(projectRoot, options.state);
  openStateFolder(state);
  ensureDiskSpace(state);
  ensureLocalSecrets();
  const lock = await lockState(state);
  const services: Service[] = [];
  const cron = new AbortController();
  const end = async (how: "stop" | "kill") => {
    cron.abort();
    // The Worker first, so that the transcoder's last words fail fast and are told again after the next start.
    for (const service of how === "stop" ? services.toReversed() : []) await service.stop();
    await Promise.all(services.map((service) => service.kill()));
    lock.release();
  };
  try {
    if (!(await isPortFree(options.port))) {
      throw new UserError(
        `Port ${options.port} is in use by another program. Choose another one: PORT=${options.port + 1} npm start`,
      );
    }
    const key = await migrate(state);
    options.signal?.throwIfAborted();
    const url = `http://127.0.0.1:${options.port}`;
    const common = { onStart: lock.addGroup, onTrouble: options.onTrouble };
    const transcoderPort = await freePort();
    const transcoder =
      options.transcoderUrl === undefined
        ? superviseTranscoder(transcoderPort, await localTranscoderKey(), path.join(state, "scratch"), {
            ...common,
            logFile: path.join(options.logs, "transcoder.log"),
          })
        : notOurs;
    services.push(transcoder);
    const worker = supervise({
      ...common,
      name: "worker",
      file: wranglerFile,
      args: devArguments(state, options.port, await freePort(), {
        TRANSCODER_URL: options.transcoderUrl ?? `http://127.0.0.1:${transcoderPort}`,
        CALLBACK_URL: url,
        PUBLIC_ORIGINS: [options.origin ?? [], url, `http://localhost:${options.port}`].flat().join(" "),
        ...options.vars,
      }),
      env: { ...wranglerEnv, WRANGLER_REGISTRY_PATH: path.join(state, "registry") },
      logFile: path.join(options.logs, "worker.log"),
    });
    services.push(worker);
    await untilHealthy(url, options);
    void runCron(url, cron.signal);
    const watchService = (name: keyof typeof watched, service: Service, address: string) =>
      watchAnswers(
        {
          ...{ url: address, ...watched[name], startedAt: service.startedAt },
          onHung: () => {
            options.onTrouble(`${name} does not answer any more; starting it again.`);
            service.crash();
          },
        },
        cron.signal,
      );
    void watchService("worker", worker, `${url}/livez`);
    if (options.transcoderUrl === undefined) {
      void watchService("transcoder", transcoder, `http://127.0.0.1:${transcoderPort}/healthz`);
    }
    return { url, key, transcoder, worker, stop: () => end("stop"), kill: () => end("kill") };
  } catch (error) {
    await end("kill");
    if (options.signal?.aborted) return null;
    throw error;
  }
}

const notOurs: Service = {
  pid: () => null,
  startedAt: () => 0,
  crash: () => undefined,
  stop: async () => undefined,
  kill: async () => undefined,
};

function superviseTranscoder(
  port: number,
  key: string,
  scratch: string,
  rest: Pick<Program, "onStart" | "onTrouble" | "logFile">,
): Service {
  rmSync(scratch, { recursive: true, force: true }); // what a killed transcoder could not clean up
  mkdirSync(scratch);
  return supervise({
    ...rest,
    name: "transcoder",
    file: "containers/transcoder/server.ts",
    args: [],
    env: { HOST: "127.0.0.1", PORT: String(port), TRANSCODER_KEY: key, TMPDIR: scratch },
  });
}

function devArguments(
  state: string,
  port: number,
  inspectorPort: number,
  others: Record<string, string>,
): string[] {
  const vars = {
    SOURCE_EVENTS: "self",
    STALE_QUEUE_SECONDS: "30",
    FLEET_SIZE: "1", // wrangler dev runs one queue consumer at a time
    TRANSCODER_PROCESSORS: String(availableParallelism()),
    COUNTRY_OVERRIDE: "allow",
    ...others,
  };
  return [
    "dev",
    ...["--ip", "127.0.0.1"],
    ...["--port", String(port)],
    ...["--inspector-port", String(inspectorPort)],
    ...["--persist-to", state],
    ...Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
  ];
}

async function untilHealthy(url: string, { logs, signal }: StackOptions): Promise<void> {
  const deadline = Date.now() + startMs;
  let last = "no answer";
  while (Date.now() < deadline) {
    try {
      const response = await fetchWithin(healthMs, `${url}/healthz`);
      const text = await response.text();
      if (response.ok) return;
      last = `${response.status} ${text.slice(0, 300)}`;
    } catch {
      last = "no answer";
    }
    await wait(200, undefined, signal === undefined ? {} : { signal });
  }
  throw new UserError(`Marquee did not get healthy (${last}). Its logs are in ${logs}.`);
}
