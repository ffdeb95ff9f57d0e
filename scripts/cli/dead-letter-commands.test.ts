import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { deadLetterCommand } from "./dead-letter-commands.ts";
import { parseArguments } from "./parse-arguments.ts";

const letter = (id: string, rerunAt: string | null = null) => ({
  ...{ id, queue: "marquee-transcode", body: { taskId: "t" } },
  ...{ created_at: "2026-01-01T00:00:00.000Z", rerun_at: rerunAt },
});

test("all pages are listed, and one can be sent again", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const isLast = request.url?.includes("cursor=next");
    const page = { dead_letters: [letter(isLast ? "ded_2" : "ded_1")], next_cursor: isLast ? null : "next" };
    response.end(JSON.stringify(request.method === "POST" ? letter("ded_1", "2026-01-02T00:00:00Z") : page));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const run = async (...args: string[]) => {
      const command = parseArguments(args);
      if (command.name !== "dead-letters" && command.name !== "rerun") throw new Error(command.name);
      return (await deadLetterCommand({ url, key: "mqk_test" }, command)).words;
    };
    expect(await run("dead-letters")).toMatch(/^ded_1 .*marquee-transcode.*\nded_2 .*"taskId"/);
    expect(await run("rerun", "ded_1")).toBe("ded_1 was sent to marquee-transcode again.");
  } finally {
    server.close();
    server.closeAllConnections();
  }
  expect(asked).toEqual([
    "GET /v1/ops/dead-letters",
    "GET /v1/ops/dead-letters?cursor=next",
    "POST /v1/ops/dead-letters/ded_1/rerun",
  ]);
});
