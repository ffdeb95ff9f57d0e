/** The command line as a process: what it prints where, and how it exits, when something is wrong. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(path.join(tmpdir(), "marquee-cli-"));
const film = path.join(folder, "film.mp4");
writeFileSync(film, "film");
afterAll(() => rmSync(folder, { recursive: true }));

async function marquee(args: string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "main.ts"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      MARQUEE_URL: "",
      NODE_NO_WARNINGS: "1",
      XDG_STATE_HOME: folder,
      INIT_CWD: folder,
      MARQUEE_KEY: "mqk_test",
      ...environment,
    },
  });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { stdout, stderr, exitCode };
}

/** A port that was free a moment ago, and on which nothing listens. */
async function unusedUrl(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}

test("help is on standard output", async () => {
  const { stdout, stderr, exitCode } = await marquee(["--help"]);
  expect(stdout).toContain("upload FILE");
  expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
});

test("a wrong command says so and exits with 2", async () => {
  const { stdout, stderr, exitCode } = await marquee(["uplaod", film]);
  expect(stderr).toMatch(/^There is no command `uplaod`\..*\n$/);
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 2 });
});

test.each([
  ["missing.mp4", "file_not_found", /There is no file .*missing\.mp4\./],
  [".", "file_is_folder", /is a folder/],
  ["/dev/null", "file_unreadable", /not a regular file/],
])("`upload %s` is told before the server is asked", async (file, code, sentence) => {
  const { stdout, stderr, exitCode } = await marquee([
    "upload",
    file,
    "--json",
    "--server",
    await unusedUrl(),
  ]);
  expect(stderr).toMatch(sentence);
  expect(JSON.parse(stdout)).toMatchObject({ status: "errored", error: { code } });
  expect(exitCode).toBe(1);
});

test("a server that isn't there is told in one sentence, with its address", async () => {
  const url = await unusedUrl();
  const { stdout, stderr, exitCode } = await marquee(["upload", "film.mp4"], { MARQUEE_URL: url });
  expect(stderr).toBe(
    `No Marquee answers at ${url}. Start one with npm start, or name another with --server URL.\n`,
  );
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
});

test("a server that is busy is waited for", async () => {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    const body = asked > 2 ? { assets: [] } : { code: "database_unavailable", detail: "Busy." };
    response.writeHead(asked > 2 ? 200 : 503, { "Retry-After": "0" }).end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { stdout, stderr, exitCode } = await marquee(["assets"], { MARQUEE_URL: `http://127.0.0.1:${port}` });
  server.close();
  expect({ stdout, stderr, exitCode, asked }).toEqual({
    ...{ stdout: "No films yet.\n", stderr: "The server is busy; waiting for it.\n", exitCode: 0, asked: 3 },
  });
});

test("a missing key is told, and the local server's key is not sent elsewhere", async () => {
  const { stderr, exitCode } = await marquee(["assets"], {
    MARQUEE_KEY: "",
    MARQUEE_URL: "http://127.0.0.1:1",
  });
  expect(stderr).toContain("--key");
  expect(exitCode).toBe(1);
});
