/** `marquee keys`: list, create, revoke; one's own, and for operators anybody's. */
import { z } from "zod";
import { callApi, readAnswer } from "../client/call-api.ts";
import type { Server } from "../client/find-server.ts";
import type { Output } from "./asset-commands.ts";
import type { KeyCommand } from "./parse-arguments.ts";

const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  created_at: z.string(),
  made_by: z.string().nullable(),
  last_used_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
  is_this: z.boolean(),
  /** In the list of everybody's. */
  producer_id: z.string().optional(),
  producer_name: z.string().nullish(),
});

type Key = z.infer<typeof keySchema>;

const listSchema = z.object({ keys: z.array(keySchema), next_cursor: z.string().nullish() });

/** The API's address of one's own keys, or of another producer's. */
export function keysPath(kind: "keys" | "signing-keys", producer: string | undefined): string {
  return producer === undefined ? `/v1/${kind}` : `/v1/ops/producers/${encodeURIComponent(producer)}/${kind}`;
}

/** Runs a command on API keys. @throws UserError */
export async function keyCommand(server: Server, command: KeyCommand): Promise<Output> {
  const path = keysPath("keys", command.producer);
  switch (command.action) {
    case "list": {
      const keys = command.all ? await everybodysKeys(server) : await keysAt(server, path);
      return { json: keys, words: keys.length === 0 ? "No keys." : keys.map(lineOf).join("\n") };
    }
    case "create": {
      const body = command.keyName === undefined ? {} : { name: command.keyName };
      const answer = await callApi(server, "POST", path, body);
      const { id, key } = readAnswer(server, answer, z.object({ id: z.string(), key: z.string() }));
      return { json: answer, words: `${id} is in force. The key, shown this once:\n${key}` };
    }
    case "revoke": {
      const query = command.withMade ? "?made_with_it=true" : "";
      await callApi(server, "DELETE", `${path}/${encodeURIComponent(command.id)}${query}`);
      return {
        json: { id: command.id, status: "revoked" },
        words: `${command.id} is revoked, with its studio sessions and the signing keys that were added with it. What these signed ends within 15 seconds.`,
      };
    }
  }
}

async function keysAt(server: Server, path: string): Promise<Key[]> {
  return readAnswer(server, await callApi(server, "GET", path), listSchema).keys;
}

async function everybodysKeys(server: Server): Promise<Key[]> {
  const keys: Key[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const page = readAnswer(server, await callApi(server, "GET", `/v1/ops/keys${query}`), listSchema);
    keys.push(...page.keys);
    cursor = page.next_cursor ?? null;
  } while (cursor !== null);
  return keys;
}

function lineOf(key: Key): string {
  const state = key.revoked_at === null ? "in force" : `revoked ${key.revoked_at}`;
  const used = key.last_used_at === null ? "never used" : `last used ${key.last_used_at}`;
  const facts = [
    ...[key.id, key.created_at, state, used],
    key.made_by === null ? "" : `made with ${key.made_by}`,
    key.producer_id === undefined ? "" : `${key.producer_id} ${key.producer_name ?? ""}`.trim(),
    key.name,
    key.is_this ? "(this one)" : "",
  ];
  return facts.filter((fact) => fact !== "").join("  ");
}
