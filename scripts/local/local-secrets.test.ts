import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { completeSecrets, ensureLocalSecrets, localTranscoderKey, newPlaybackKeys } from "./local-secrets.ts";

const make = { A: () => "new-a", B: () => "new-b" };

test("what is missing is added to the end, and what is there stays byte for byte", () => {
  expect(completeSecrets("", make)).toBe("A='new-a'\nB='new-b'\n");
  expect(completeSecrets("# mine\nA=old", make)).toBe("# mine\nA=old\nB='new-b'\n");
  expect(completeSecrets("export B = 'x'\n#A=1\n", make)).toBe("export B = 'x'\n#A=1\nA='new-a'\n");
  const complete = completeSecrets("", make);
  expect(completeSecrets(complete, make)).toBe(complete);
});

test("the file is for its owner only, and a second start changes nothing", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-secrets-"));
  const file = path.join(folder, ".dev.vars");
  writeFileSync(file, "MINE=1\n", { mode: 0o644 });
  ensureLocalSecrets(file);
  const first = readFileSync(file, "utf8");
  expect(first).toMatch(
    /^MINE=1\nPLAYBACK_KEYS='\{.*\}'\nCONTENT_KEYS='\{.*\}'\nGRANT_SECRET='[\w-]{43}'\nDEBUG_KEY='[\w-]{43}'\n$/,
  );
  expect(statSync(file).mode & 0o777).toBe(0o600);
  ensureLocalSecrets(file);
  expect(readFileSync(file, "utf8")).toBe(first);
  rmSync(folder, { recursive: true });
});

test("the transcoder's key follows from the secret, however the file writes it", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-secrets-"));
  const file = path.join(folder, ".dev.vars");
  const keys: string[] = [];
  for (const line of [
    "GRANT_SECRET='one'",
    'GRANT_SECRET="one"',
    "MINE=1\nexport GRANT_SECRET=one",
    "GRANT_SECRET=two",
  ]) {
    writeFileSync(file, `${line}\n`);
    keys.push(await localTranscoderKey(file));
  }
  expect(new Set(keys.slice(0, 3)).size).toBe(1);
  expect(keys[3]).not.toBe(keys[0]);
  rmSync(folder, { recursive: true });
});

test("playback keys are 32 random bytes under the current id", () => {
  const keys = JSON.parse(newPlaybackKeys());
  expect(Buffer.from(keys.keys[keys.current], "base64url")).toHaveLength(32);
  expect(newPlaybackKeys()).not.toBe(newPlaybackKeys());
});
