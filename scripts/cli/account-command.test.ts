import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { accountCommand } from "./account-command.ts";
import { parseArguments } from "./parse-arguments.ts";

test("quotas are shown with what is used of them, and sizes as people read them", async () => {
  expect(parseArguments(["account", "--json"])).toMatchObject({ name: "account", json: true });
  const account = {
    ...{ id: "prd_1", name: "Studio One", is_operator: false },
    quotas: {
      bytes_stored: { used: 1_500_000_000, limit: 1e14 },
      films: { used: 3, limit: 100_000 },
      policy_versions: { used: null, limit: 200 },
    },
    rates: [{ limit: "account", requests: 6000, seconds: 60 }],
  };
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.end(JSON.stringify(account));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { words, json } = await accountCommand({ url, key: "mqk_test" });
    expect(json).toEqual(account);
    expect(words.split("\n")).toEqual([
      "Studio One (prd_1)",
      "  bytes_stored     1.5 GB of 100 TB",
      "  films            3 of 100000",
      "  policy_versions  200",
      "  account          6000 requests in 60 s",
    ]);
  } finally {
    server.close();
    server.closeAllConnections();
  }
  expect(asked).toEqual(["GET /v1/account Bearer mqk_test"]);
});
