import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { keyCommand } from "./key-commands.ts";
import { parseArguments } from "./parse-arguments.ts";

const key = {
  ...{ id: "key_1", name: "Ana", created_at: "2026-01-01T00:00:00.000Z", made_by: null },
  ...{ last_used_at: "2026-03-01T10:00:00.000Z", revoked_at: null, is_this: true },
};

test("keys are listed, made and revoked: one's own, another producer's, and everybody's", async () => {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    asked.push(`${request.method} ${request.url} ${body}`.trim());
    if (request.method === "DELETE") response.writeHead(204).end();
    else if (request.method === "POST") response.end(JSON.stringify({ ...key, key: "mqk_made" }));
    else if (request.url === "/v1/ops/keys")
      response.end(JSON.stringify({ keys: [{ ...key, producer_id: "prd_1" }], next_cursor: "c-key_1" }));
    else {
      const old = { ...key, id: "key_2", revoked_at: "2026-02-01T00:00:00.000Z", last_used_at: null };
      response.end(JSON.stringify({ keys: [key, { ...old, is_this: false, made_by: "key_1" }] }));
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const run = async (...args: string[]) => {
      const command = parseArguments(["keys", ...args]);
      if (command.name !== "keys") throw new Error(command.name);
      return (await keyCommand({ url, key: "mqk_test" }, command)).words;
    };
    expect(await run()).toBe(
      "key_1  2026-01-01T00:00:00.000Z  in force  last used 2026-03-01T10:00:00.000Z  Ana  (this one)\n" +
        "key_2  2026-01-01T00:00:00.000Z  revoked 2026-02-01T00:00:00.000Z  never used  made with key_1  Ana",
    );
    expect(await run("list", "--producer", "prd_1")).toContain("key_1");
    const everybodys = await run("--all");
    expect(everybodys).toContain("prd_1");
    expect(everybodys).toContain("key_2");
    expect(await run("create", "--name", "Ben")).toBe(
      "key_1 is in force. The key, shown this once:\nmqk_made",
    );
    expect(await run("create", "--producer", "prd/1")).toContain("mqk_made");
    expect(await run("revoke", "key_1")).toContain("key_1 is revoked, with its studio sessions");
    expect(await run("revoke", "key_1", "--with-made", "--producer", "prd_1")).toContain("revoked");
    expect(asked).toEqual([
      "GET /v1/keys",
      "GET /v1/ops/producers/prd_1/keys",
      "GET /v1/ops/keys",
      "GET /v1/ops/keys?cursor=c-key_1",
      'POST /v1/keys {"name":"Ben"}',
      "POST /v1/ops/producers/prd%2F1/keys {}",
      "DELETE /v1/keys/key_1",
      "DELETE /v1/ops/producers/prd_1/keys/key_1?made_with_it=true",
    ]);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test("what is typed wrongly is said", () => {
  for (const args of [
    ["revoke"],
    ["revoke", "a", "b"],
    ["make"],
    ["create", "x"],
    ["--all", "--producer", "p"],
  ]) {
    expect(() => parseArguments(["keys", ...args]), args.join(" ")).toThrow("--help");
  }
  expect(() => parseArguments(["signing-keys", "create", "--producer", "p"])).toThrow("by themselves");
});
