/** The stack that is attacked, with the producers that play their parts, and what can be seen of it from outside. */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "../../../scripts/local/free-port.ts";
import { migrate } from "../../../scripts/local/migrate.ts";
import { newProducerKey, seedProducerSql } from "../../../scripts/local/producer-key.ts";
import { type Stack, startStack } from "../../../scripts/local/stack.ts";
import { mustWrangler } from "../../../scripts/local/wrangler.ts";
import { listProcesses, type SeenProcess, treeOf } from "./process-tree.ts";

/** Somebody with an API key. */
export interface Producer {
  url: string;
  key: string;
}

/** A running Marquee under attack. */
export interface Target {
  stack: Stack;
  /** Seed of everything that is drawn. */
  seed: number;
  /** A folder for films; `state` and `logs` lie in it too. */
  folder: string;
  state: string;
  logs: string;
  operator: Producer;
  /** Who attacks, and who has done nothing. */
  attacker: Producer;
  neighbour: Producer;
  /** How often the transcoder, or the Worker, has ended and been started again. */
  deaths(service: "transcoder" | "worker"): number;
  /** The transcoder's processes now; the first is its own. */
  transcoderTree(): SeenProcess[];
  /** All processes of the Worker's side: wrangler and workerd. */
  workerTree(): SeenProcess[];
  /** The transcoder's own address. */
  transcoderUrl(): string;
  say(line: string): void;
  /** Stops it; `isKept` leaves state and logs where they are. */
  end(isKept: boolean): Promise<void>;
}

/** Starts a stack with an empty library and three producers. @throws UserError when it can't be started */
export async function startTarget(seed: number, say: (line: string) => void): Promise<Target> {
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-attack-"));
  const state = path.join(folder, "state");
  const logs = path.join(folder, "logs");
  for (const one of [state, logs]) mkdirSync(one);
  await migrate(state);
  const keys = { attacker: newProducerKey(), neighbour: newProducerKey() };
  const sql = Object.entries(keys).map(([name, key]) =>
    seedProducerSql({ id: `prd_${name}`, name, key, isOperator: false }, Date.now()),
  );
  const toState = ["--local", "--persist-to", state, "--yes"];
  await mustWrangler(["d1", "execute", "DB", ...toState, "--command", sql.join(" ")]);
  const ended: string[] = [];
  const stack = await startStack({
    port: await freePort(),
    state,
    logs,
    onTrouble: (line) => {
      const name = /^(\w+) (?:ended|does not answer)/.exec(line)?.[1];
      if (name !== undefined && line.includes(" ended")) ended.push(name);
      appendFileSync(path.join(logs, "trouble.log"), `${line}\n`);
    },
  });
  if (stack === null) throw new Error("Marquee was told to stop while it started.");
  const { url } = stack;
  const treeWith = (words: RegExp): SeenProcess[] => {
    const all = listProcesses();
    const ours = treeOf(process.pid, all).find(
      ({ parent, command }) => parent === process.pid && words.test(command),
    );
    return ours === undefined ? [] : treeOf(ours.pid, all);
  };
  return {
    ...{ stack, seed, folder, state, logs, say },
    operator: { url, key: stack.key },
    attacker: { url, key: keys.attacker },
    neighbour: { url, key: keys.neighbour },
    deaths: (service) => ended.filter((name) => name === service).length,
    transcoderTree: () => treeWith(/containers\/transcoder\/server/),
    workerTree: () => treeWith(/wrangler-dist/),
    transcoderUrl: () => {
      const log = readFileSync(path.join(logs, "transcoder.log"), "utf8");
      const line = log.split("\n").findLast((one) => one.includes("listens on"));
      const port = /"port":(\d{1,5})/.exec(line ?? "")?.[1];
      if (port === undefined) throw new Error("The transcoder's log names no port.");
      return `http://127.0.0.1:${port}`;
    },
    end: async (isKept) => {
      await stack.stop();
      if (!isKept) rmSync(folder, { recursive: true, force: true });
    },
  };
}
