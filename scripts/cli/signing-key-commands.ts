/** `marquee signing-keys`: list, create, revoke. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { callApi, readAnswer } from "../client/call-api.ts";
import type { Server } from "../client/find-server.ts";
import { UserError } from "../local/user-error.ts";
import type { Output } from "./asset-commands.ts";
import { keysPath } from "./key-commands.ts";
import type { SigningKeyCommand } from "./parse-arguments.ts";

const keySchema = z.object({
  kid: z.string(),
  name: z.string(),
  created_at: z.string(),
  revoked_at: z.string().nullable(),
  private_key: z.unknown().optional(),
});

const listSchema = z.object({ signing_keys: z.array(keySchema) });

/** Runs a command on signing keys. @throws UserError */
export async function signingKeyCommand(server: Server, command: SigningKeyCommand): Promise<Output> {
  const path = keysPath("signing-keys", command.producer);
  switch (command.action) {
    case "list": {
      const answer = await callApi(server, "GET", path);
      const { signing_keys: keys } = readAnswer(server, answer, listSchema);
      const lines = keys.map(({ kid, name, created_at, revoked_at }) =>
        `${kid}  ${created_at}  ${revoked_at === null ? "in force" : `revoked ${revoked_at}`}  ${name}`.trimEnd(),
      );
      return { json: keys, words: lines.length === 0 ? "No signing keys." : lines.join("\n") };
    }
    case "create": {
      const body = {
        ...(command.keyName === undefined ? {} : { name: command.keyName }),
        ...(command.publicKeyFile === undefined ? {} : { public_key: readKey(command.publicKeyFile) }),
      };
      const answer = await callApi(server, "POST", path, body);
      const { kid, private_key: privateKey } = readAnswer(server, answer, keySchema);
      const shown =
        privateKey === undefined
          ? ""
          : `\nIts private key, shown this once and stored nowhere:\n${JSON.stringify(privateKey)}`;
      return { json: answer, words: `${kid} is in force.${shown}` };
    }
    case "revoke":
      await callApi(server, "DELETE", `${path}/${encodeURIComponent(command.kid)}`);
      return {
        json: { kid: command.kid, status: "revoked" },
        words: `${command.kid} is revoked. Everything that it signed ends within 15 seconds.`,
      };
  }
}

/** A JWK as an object; anything else as text, which the server takes for PEM. */
function readKey(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new UserError(`${file} can't be read. Give the file of a public key.`, "file_unreadable");
  }
  // A private key given by mistake must not leave this machine.
  if (text.includes("PRIVATE KEY") || /"d"\s*:/.test(text)) {
    throw new UserError(`${file} is a private key. Give the file of its public part.`, "private_key_given");
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
