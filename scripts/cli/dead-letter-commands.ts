/** `marquee dead-letters` and `rerun ID`. */
import { z } from "zod";
import { callApi, readAnswer } from "../client/call-api.ts";
import type { Server } from "../client/find-server.ts";
import type { Output } from "./asset-commands.ts";
import type { Command } from "./parse-arguments.ts";

const letterSchema = z.object({
  id: z.string(),
  queue: z.string().nullable(),
  body: z.unknown(),
  created_at: z.string(),
  rerun_at: z.string().nullable(),
});

const pageSchema = z.object({ dead_letters: z.array(letterSchema), next_cursor: z.string().nullish() });

/** Runs a command on dead letters. @throws UserError */
export async function deadLetterCommand(
  server: Server,
  command: Extract<Command, { name: "dead-letters" | "rerun" }>,
): Promise<Output> {
  if (command.name === "rerun") {
    const path = `/v1/ops/dead-letters/${encodeURIComponent(command.id)}/rerun`;
    const answer = await callApi(server, "POST", path);
    const { queue } = readAnswer(server, answer, letterSchema);
    return { json: answer, words: `${command.id} was sent to ${queue} again.` };
  }
  const letters = await allLetters(server);
  const lines = letters.map(
    ({ id, queue, body, created_at, rerun_at }) =>
      `${id}  ${created_at}  ${queue ?? "unknown queue"}  ${JSON.stringify(body)}${rerun_at === null ? "" : `  sent again ${rerun_at}`}`,
  );
  return { json: letters, words: lines.length === 0 ? "No dead letters." : lines.join("\n") };
}

async function allLetters(server: Server): Promise<z.infer<typeof letterSchema>[]> {
  const letters: z.infer<typeof letterSchema>[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const answer = await callApi(server, "GET", `/v1/ops/dead-letters${query}`);
    const page = readAnswer(server, answer, pageSchema);
    letters.push(...page.dead_letters);
    cursor = page.next_cursor ?? null;
  } while (cursor !== null);
  return letters;
}
