import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { parseArguments } from "./parse-arguments.ts";
import { signingKeyCommand } from "./signing-key-commands.ts";

const key = { kid: "sgk_1", name: "Site", created_at: "2026-01-01T00:00:00.000Z", revoked_at: null };

test("keys are listed, made, brought along and revoked; a private key stays where it is", async () => {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    asked.push(`${request.method} ${request.url} ${body}`.trim());
    if (request.method === "DELETE") response.writeHead(204).end();
    else if (request.method === "GET")
      response.end(
        JSON.stringify({ signing_keys: [key, { ...key, revoked_at: "2026-02-01T00:00:00.000Z" }] }),
      );
    else
      response.end(
        JSON.stringify(body.includes("public_key") ? key : { ...key, private_key: { d: "secret" } }),
      );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-keys-"));
  try {
    const run = async (...args: string[]) => {
      const command = parseArguments(["signing-keys", ...args]);
      if (command.name !== "signing-keys") throw new Error(command.name);
      return (await signingKeyCommand({ url, key: "mqk_test" }, command)).words;
    };
    const pair = generateKeyPairSync("ed25519");
    const pem = pair.publicKey.export({ format: "pem", type: "spki" });
    const files = {
      pem: [path.join(folder, "key.pem"), pem],
      jwk: [path.join(folder, "key.json"), JSON.stringify(pair.publicKey.export({ format: "jwk" }))],
      private: [path.join(folder, "p.pem"), pair.privateKey.export({ format: "pem", type: "pkcs8" })],
      privateJwk: [path.join(folder, "p.json"), JSON.stringify(pair.privateKey.export({ format: "jwk" }))],
    } as const;
    for (const [file, text] of Object.values(files)) writeFileSync(file, text);

    expect(await run()).toMatch(/^sgk_1 .*in force {2}Site\nsgk_1 .*revoked 2026-02-01/);
    expect(await run("create", "--name", "Site")).toContain('{"d":"secret"}');
    expect(await run("create", "--public-key", files.pem[0])).toBe("sgk_1 is in force.");
    expect(await run("create", "--public-key", files.jwk[0])).toBe("sgk_1 is in force.");
    expect(await run("revoke", "sgk_1")).toContain("revoked");
    for (const [file] of [files.private, files.privateJwk]) {
      await expect(run("create", "--public-key", file)).rejects.toMatchObject({ code: "private_key_given" });
    }
    await expect(run("create", "--public-key", path.join(folder, "none"))).rejects.toMatchObject({
      code: "file_unreadable",
    });
    expect(asked).toEqual([
      "GET /v1/signing-keys",
      'POST /v1/signing-keys {"name":"Site"}',
      `POST /v1/signing-keys ${JSON.stringify({ public_key: pem })}`,
      `POST /v1/signing-keys {"public_key":${files.jwk[1]}}`,
      "DELETE /v1/signing-keys/sgk_1",
    ]);
  } finally {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  }
});
