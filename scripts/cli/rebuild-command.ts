/** `marquee rebuild --from-storage`: asks for one bounded step after the other until the database is whole. */
import { z } from "zod";
import { callApi, readAnswer, Unreachable } from "../client/call-api.ts";
import type { Server } from "../client/find-server.ts";
import type { Output } from "./asset-commands.ts";
import type { Command } from "./parse-arguments.ts";

const stepSchema = z.object({
  stage: z.string(),
  export: z.string().nullable(),
  rows: z.record(z.string(), z.number()),
  problems: z.array(z.string()),
  cursor: z.string().nullable(),
});

/** Tries of a step that gets no answer: a step may be repeated. */
const tries = 5;
const pauseMs = 2000;

/** Runs the command; progress goes to standard error. @throws UserError `database_not_empty`, `export_damaged` and others */
export async function rebuildCommand(
  server: Server,
  command: Extract<Command, { name: "rebuild" }>,
): Promise<Output> {
  const rows: Record<string, number> = {};
  const problems: string[] = [];
  let from: string | null = null;
  let cursor: string | null = null;
  let steps = 0;
  do {
    const named = command.export === undefined ? {} : { export: command.export };
    const body = cursor === null ? { over: command.over, ...named } : { cursor };
    const step: z.infer<typeof stepSchema> = readAnswer(server, await ask(server, body), stepSchema);
    for (const [table, count] of Object.entries(step.rows)) rows[table] = (rows[table] ?? 0) + count;
    problems.push(...step.problems);
    from = step.export;
    cursor = step.cursor;
    steps += 1;
    console.error(`${step.stage}: ${sum(rows)} rows`);
  } while (cursor !== null);
  return { json: { export: from, rows, problems, steps }, words: describe(from, rows, problems) };
}

async function ask(server: Server, body: unknown): Promise<unknown> {
  for (let left = tries; ; left--) {
    try {
      return await callApi(server, "POST", "/v1/ops/rebuild", body);
    } catch (error) {
      if (!(error instanceof Unreachable) || left === 1) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

function describe(from: string | null, rows: Record<string, number>, problems: string[]): string {
  const source =
    from === null ? "No whole export was found; used changes alone." : `Used the export of ${from}.`;
  const counts = Object.entries(rows).map(([table, count]) => `  ${table.padEnd(16)} ${count}`);
  const faults = problems.length === 0 ? [] : ["Needs a person:", ...problems.map((one) => `  ${one}`)];
  return [source, ...counts, ...faults].join("\n");
}

function sum(rows: Record<string, number>): number {
  return Object.values(rows).reduce((total, count) => total + count, 0);
}
