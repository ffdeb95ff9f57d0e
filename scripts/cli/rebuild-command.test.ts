import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { parseArguments } from "./parse-arguments.ts";
import { rebuildCommand } from "./rebuild-command.ts";

const step = (
  stage: string,
  rows: Record<string, number>,
  cursor: string | null,
  problems: string[] = [],
) => ({
  ...{ stage, export: "2026-11-28T11:24Z", rows, cursor, problems },
});

test("steps follow each other to the last, are added up, and one without an answer is asked for again", async () => {
  const answers = [
    step("whole", { titles: 2 }, "c1"),
    null,
    step("sources", { titles: 1, sources: 1 }, "c2", ["sources/x carries no story"]),
    step("finish", {}, null),
  ];
  const asked: unknown[] = [];
  const server = createServer(async (request, response) => {
    asked.push(JSON.parse(await text(request)));
    const answer = answers.shift();
    if (answer === null) response.statusCode = 503;
    response.end(JSON.stringify(answer));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const command = parseArguments(["rebuild", "--from-storage", "--over"]);
    if (command.name !== "rebuild") throw new Error(command.name);
    const { json, words } = await rebuildCommand({ url, key: "mqk_test" }, command);
    expect(json).toMatchObject({ rows: { titles: 3, sources: 1 }, steps: 3 });
    expect(words).toContain("sources/x carries no story");
  } finally {
    server.close();
    server.closeAllConnections();
  }
  expect(asked).toEqual([{ over: true }, { cursor: "c1" }, { cursor: "c1" }, { cursor: "c2" }]);
});

test("it says what it rebuilds from", () => {
  expect(() => parseArguments(["rebuild"])).toThrow("--from-storage");
  expect(() => parseArguments(["rebuild", "x", "--from-storage"])).toThrow("options only");
});
