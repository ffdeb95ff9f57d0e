/** What other programs, pages and users of the same machine could do. */

import { once } from "node:events";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { taskRequest } from "../../../protocol/task.ts";
import { drawMatroska } from "../films/draw-matroska.ts";
import { ask, askAs, read } from "../stage/ask.ts";
import type { Observation } from "../stage/judge.ts";
import { canSeeProcesses } from "../stage/process-tree.ts";
import { rawStatus } from "../stage/raw-request.ts";
import type { Attack } from "../stage/row.ts";
import { endOf, sendFilm } from "../stage/send-film.ts";
import type { Target } from "../stage/target.ts";

const dayMs = 86_400_000;
const tus = { "Tus-Resumable": "1.0.0" };

/** What a grant or a key looks like. */
const secrets = [/eyJ[\w-]{8}/, /mqk_[\w-]{8}/, /\/internal\/(?!\[)[\w-]{20}/];

/** See the head of this file. */
export const laptopAttacks: Attack[] = [
  {
    name: "cron-clock",
    tries: "cron events of a web page with a clock of its own, to end open uploads",
    run: async (target) => {
      const begun = await askAs(target.neighbour, "POST", "/v1/uploads", undefined, {
        ...tus,
        "Upload-Length": "1000",
      });
      const upload = begun.headers.get("Location");
      if (upload === null) throw new Error(`The upload was refused: ${begun.status}`);
      const seconds = Math.floor((Date.now() + 8 * dayMs) / 1000);
      const page = { "Sec-Fetch-Site": "cross-site", Referer: "http://evil.example/" };
      for (const time of [seconds, seconds * 1000, 0]) {
        for (const handler of ["handler", "local"]) {
          const event = `/cdn-cgi/${handler}/scheduled?time=${time}&cron=*+*+*+*+*`;
          await ask(target.attacker.url, "GET", event, undefined, page);
        }
      }
      const { status } = read(await askAs(target.neighbour, "GET", upload), z.object({ status: z.string() }));
      await askAs(target.neighbour, "DELETE", upload, undefined, tus);
      return [{ kind: "one of", what: "the upload", got: [status], allowed: ["waiting"] }];
    },
  },
  {
    name: "dns-rebinding",
    tries: "requests under a name that a page made to mean this machine",
    run: async (target) => {
      const got: number[] = [];
      const { url, key } = target.neighbour;
      for (const address of ["/", "/v1/assets", "/healthz", "/studio", "/images/x/y/poster-640.jpg"]) {
        for (const host of ["evil.example", "127.0.0.1.evil.example", "[::2]"]) {
          got.push(await rawStatus(url, "GET", address, { Host: host, Authorization: `Bearer ${key}` }));
        }
      }
      return [{ kind: "one of", what: "answers", got, allowed: [400, 421] }];
    },
  },
  {
    name: "task-without-key",
    tries: "a task of mine on the transcoder's port, whose source never ends",
    run: async (target) => {
      let fetched = 0;
      const server = createServer(() => {
        fetched += 1; // and never an answer
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const got: number[] = [];
      try {
        for (const headers of [{}, { Authorization: "Bearer none" }, { Origin: "null" }]) {
          got.push(await postTask(target, port, headers));
        }
        await wait(1000);
      } finally {
        server.close();
        server.closeAllConnections();
      }
      return [
        { kind: "one of", what: "answers", got, allowed: [401, 403] },
        { kind: "at most", what: "fetched from me", got: fetched, limit: 0, unit: "times" },
      ];
    },
  },
  {
    name: "process-list",
    tries:
      "grants on command lines and in logs while a film is in work, and health checks that start programs",
    run: async (target) => await watchProcesses(target),
  },
  {
    name: "scratch",
    tries: "a transcoder that is killed in the middle of a film, and what it leaves behind",
    run: async (target) => {
      const file = await drawMatroska(path.join(target.folder, "scratch"), 30, { seconds: 40, rate: 24 });
      const assetId = await sendFilm(target.attacker, file);
      rmSync(file);
      await wait(2500);
      target.stack.transcoder.crash();
      const end = await endOf(target.attacker, assetId, 120_000);
      await wait(1000);
      const left = readdirSync(path.join(target.state, "scratch"));
      await askAs(target.attacker, "DELETE", `/v1/assets/${assetId}`);
      return [
        { kind: "one of", what: "the film", got: [end], allowed: ["ready"] },
        { kind: "at most", what: "left behind", got: left.length, limit: 0, unit: "folders" },
      ];
    },
  },
];

async function postTask(target: Target, port: number, headers: Record<string, string>): Promise<number> {
  const spec = { kind: "inspect", bytes: 1000 };
  const body = { api: `http://127.0.0.1:${port}/anything`, taskId: "mine.0.inspect.0", spec };
  // A task that is malformed would be refused for that, and show nothing.
  if (!taskRequest.safeParse(body).success) throw new Error("The task is not one of this protocol.");
  // As a program would, not a browser: `fetch` sends Sec-Fetch-Mode, and is refused for that.
  return await rawStatus(
    ...([target.transcoderUrl(), "POST", "/tasks"] as const),
    { "Content-Type": "application/json", ...headers },
    JSON.stringify(body),
  );
}

async function watchProcesses(target: Target): Promise<Observation[]> {
  if (!canSeeProcesses) throw new Error("This machine shows no /proc.");
  const file = await drawMatroska(path.join(target.folder, "listed"), 31, { seconds: 30, rate: 24 });
  const assetId = await sendFilm(target.attacker, file);
  rmSync(file);
  const commands = new Set<string>();
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      for (const { command } of [...target.transcoderTree(), ...target.workerTree()]) commands.add(command);
      await wait(30);
    }
  })();
  await endOf(target.attacker, assetId, 120_000);
  const versionsBefore = countVersions(commands);
  await Promise.all(Array.from({ length: 40 }, () => ask(target.attacker.url, "GET", "/healthz")));
  isOver = true;
  await watching;
  await askAs(target.attacker, "DELETE", `/v1/assets/${assetId}`);
  const names = readdirSync(target.logs).filter((name) => /^(worker|transcoder)\.log/.test(name));
  const files = names.map((name) => path.join(target.logs, name));
  return [
    {
      ...{ kind: "tells nothing", what: "command lines" },
      ...{ text: [...commands].filter((one) => /ffmpeg|ffprobe/.test(one)).join("\n"), secrets },
    },
    {
      ...{ kind: "one of", what: "logs are for", allowed: ["600"] },
      got: files.map((one) => (statSync(one).mode & 0o777).toString(8)),
    },
    {
      ...{ kind: "tells nothing", what: "logs" },
      ...{ text: files.map((one) => readFileSync(one, "utf8")).join("\n"), secrets },
    },
    {
      ...{ kind: "at most", what: "programs started by 40 health checks" },
      ...{ got: countVersions(commands) - versionsBefore, limit: 0, unit: "" },
    },
  ];
}

function countVersions(commands: ReadonlySet<string>): number {
  return [...commands].filter((one) => /ffmpeg -version/.test(one)).length;
}
