/** What keeps other pages, and other users, out of a Marquee that runs on a laptop. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { get } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keyCommand } from "../../scripts/cli/key-commands.ts";
import { startTestStack, type TestStack } from "./start-stack.ts";
import { until } from "./until.ts";

const dayMs = 86_400_000;

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(async () => {
  await stack?.stop();
});

/** The status of a request under another host name, as a page sends it whose name was made to mean this machine. */
async function statusAt(host: string, address: string): Promise<number> {
  const { port } = new URL(stack.url);
  const options = { host: "127.0.0.1", port, path: address, headers: { Host: `${host}:${port}` } };
  return await new Promise((resolve, reject) => {
    get(options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on("error", reject);
  });
}

test("it answers this machine's own names only", async () => {
  for (const address of ["/", "/v1/assets", "/healthz", "/studio"]) {
    expect(await statusAt("evil.example", address), address).toBe(421);
    for (const host of ["127.0.0.1", "localhost"]) {
      expect(await statusAt(host, address), `${host}${address}`).toBe(address === "/v1/assets" ? 401 : 200);
    }
  }
});

test("a page that sends a cron event with a time of its own ends nobody's upload", async () => {
  const headers = {
    Authorization: `Bearer ${stack.key}`,
    "Tus-Resumable": "1.0.0",
    "Upload-Length": "1000000",
  };
  const begun = await fetch(`${stack.url}/v1/uploads`, { method: "POST", headers });
  const upload = new URL(begun.headers.get("Location") ?? "", stack.url);
  const seconds = Math.floor((Date.now() + 8 * dayMs) / 1000);
  for (const time of [seconds, seconds * 1000, 0]) {
    for (const handler of ["handler", "local"]) {
      const event = await fetch(`${stack.url}/cdn-cgi/${handler}/scheduled?time=${time}&cron=*+*+*+*+*`);
      await event.arrayBuffer();
    }
  }
  const state = await fetch(upload, { headers: { Authorization: headers.Authorization } });
  expect(await state.json()).toMatchObject({ status: "waiting" });
});

test("a key that the command line revokes has no studio session any more", async () => {
  const run = async (command: { action: "create" } | { action: "revoke"; id: string }) => {
    const common = { name: "keys", producer: undefined } as const;
    return command.action === "create"
      ? await keyCommand(stack, { ...common, ...command, keyName: "Guest" })
      : await keyCommand(stack, { ...common, ...command, withMade: false });
  };
  const { id, key } = (await run({ action: "create" })).json as { id: string; key: string };
  const signedIn = await fetch(`${stack.url}/studio/sign-in`, {
    ...{ method: "POST", redirect: "manual", body: new URLSearchParams({ key }) },
    headers: { Origin: stack.url },
  });
  expect(signedIn.status).toBe(303);
  const Cookie = signedIn.headers.get("Set-Cookie")?.split(";")[0] ?? "";
  const assets = async () => (await fetch(`${stack.url}/v1/assets`, { headers: { Cookie } })).status;
  expect(await assets()).toBe(200);
  await run({ action: "revoke", id });
  expect(await assets()).toBe(401);
});

test("its logs are for its user alone, and hold nothing that opens a film", async () => {
  const token = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl";
  expect((await fetch(`${stack.url}/v/${token}/main.m3u8`)).status).toBe(403);
  const worker = path.join(stack.logs, "worker.log");
  await until(async () => readFileSync(worker, "utf8").includes("/v/[hidden]/main.m3u8"));
  for (const name of readdirSync(stack.logs)) {
    const file = path.join(stack.logs, name);
    expect(statSync(file).mode & 0o777, name).toBe(0o600);
    expect(readFileSync(file, "utf8"), name).not.toMatch(/eyJ[\w-]{8}|mqk_[\w-]{8}/);
  }
});
