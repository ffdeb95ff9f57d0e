/** Processes that stand still without ending, and a database that somebody else holds. */
import { globSync, rmSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { drawMatroska } from "../films/draw-matroska.ts";
import { ask, askAs, codeOf } from "../stage/ask.ts";
import { canSeeProcesses } from "../stage/process-tree.ts";
import type { Attack } from "../stage/row.ts";
import { endOf, sendFilm } from "../stage/send-film.ts";

/** Within this a film is ready although the transcoder stood still when it came, milliseconds. */
const recoveredMs = 120_000;
const heldMs = 8_000;

/** See the head of this file. */
export const hangAttacks: Attack[] = [
  {
    name: "stopped-transcoder",
    tries: "SIGSTOP for the transcoder and all its tools, then a film",
    run: async (target) => {
      if (!canSeeProcesses) throw new Error("This machine shows no /proc.");
      const stopped = target.transcoderTree();
      if (stopped.length === 0) throw new Error("The transcoder's processes were not found.");
      for (const { pid } of stopped) process.kill(pid, "SIGSTOP");
      const file = await drawMatroska(path.join(target.folder, "stopped"), 32, { seconds: 6 });
      const assetId = await sendFilm(target.neighbour, file);
      rmSync(file);
      const end = await endOf(target.neighbour, assetId, recoveredMs);
      const isNew = target.transcoderTree()[0]?.pid !== stopped[0]?.pid;
      if (!isNew) target.stack.transcoder.crash();
      return [
        { kind: "one of", what: "the film", got: [end], allowed: ["ready"] },
        {
          kind: "one of",
          what: "the transcoder is",
          got: [isNew ? "another" : "the same"],
          allowed: ["another"],
        },
      ];
    },
  },
  {
    name: "held-database",
    tries: "BEGIN EXCLUSIVE on the database's file for eight seconds",
    run: async (target) => {
      const files = globSync(path.join(target.state, "v3", "d1", "*", "*.sqlite"));
      const held = files.flatMap((file) => {
        const database = new DatabaseSync(file);
        try {
          database.exec("PRAGMA busy_timeout = 3000; BEGIN EXCLUSIVE");
          return [database];
        } catch {
          database.close();
          return [];
        }
      });
      if (held.length === 0) throw new Error("No file of the database could be held.");
      const startedAt = Date.now();
      const asked = [
        ask(target.attacker.url, "POST", "/v1/playback", { title: "ttl_none" }),
        askAs(target.attacker, "GET", "/v1/assets"),
        askAs(target.attacker, "GET", "/v1/titles"),
        askAs(target.attacker, "POST", "/v1/uploads", undefined, {
          "Tus-Resumable": "1.0.0",
          "Upload-Length": "10",
        }),
      ];
      const answering = Promise.all(asked);
      await wait(heldMs);
      for (const database of held) {
        database.exec("ROLLBACK");
        database.close();
      }
      const answers = await answering;
      const busy = answers.filter(({ status }) => status >= 500);
      await wait(1000);
      const after = await askAs(target.attacker, "GET", "/v1/assets");
      return [
        {
          ...{ kind: "one of", what: `answers in ${((Date.now() - startedAt) / 1000).toFixed(0)} s` },
          ...{
            got: answers.map(codeOf),
            allowed: ["200", "201", "404", "title_not_found", "database_unavailable", "database_busy"],
          },
        },
        {
          ...{ kind: "at most", what: "refusals without Retry-After", limit: 0, unit: "" },
          got: busy.filter(({ headers }) => headers.get("Retry-After") === null).length,
        },
        { kind: "one of", what: "afterwards", got: [after.status], allowed: [200] },
      ];
    },
  },
];
