import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { encoderVersion } from "./encoder-version.ts";

const folder = mkdtempSync(path.join(tmpdir(), "encoder-version-"));
const calls = path.join(folder, "calls");
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Puts a program in FFmpeg's place that notes each call. */
function replaceFfmpeg(exitCode: number): void {
  const file = path.join(folder, "ffmpeg");
  writeFileSync(
    file,
    `#!/bin/sh\necho "$@" >> ${calls}\necho "ffmpeg version 9"\necho more\nexit ${exitCode}\n`,
  );
  chmodSync(file, 0o755);
  vi.stubEnv("PATH", `${folder}:${process.env.PATH}`);
}
const called = (): number => (existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n").length : 0);

test("FFmpeg is asked until it has answered once, and never again", async () => {
  replaceFfmpeg(1);
  expect(await encoderVersion()).toBeNull();
  expect(await encoderVersion()).toBeNull();
  expect(called()).toBe(2);
  replaceFfmpeg(0);
  const answers = await Promise.all([encoderVersion(), encoderVersion(), encoderVersion()]);
  expect(answers).toEqual(["ffmpeg version 9", "ffmpeg version 9", "ffmpeg version 9"]);
  for (let n = 0; n < 10; n++) expect(await encoderVersion()).toBe("ffmpeg version 9");
  expect(called()).toBe(3);
});
