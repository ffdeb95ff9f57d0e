import { expect, test } from "vitest";
import { findForeignFiles, findWeaknesses } from "./check-image.ts";

test("sources, package lists and the system's own files belong into the image", () => {
  const good = [
    "/app/package.json",
    "/app/package-lock.json",
    "/app/scripts/install-packages.sh",
    "/app/protocol/protocol.ts",
    "/app/containers/transcoder/server.ts",
    "/app/containers/transcoder/inspect/containers/mp4.ts",
    "/etc/passwd",
    "/home/node/.bashrc",
  ];
  expect(findForeignFiles(good)).toEqual([]);
});

test("tests, other parts of the project, history and secrets do not", () => {
  const bad = [
    "/app/.git/config",
    "/app/.dev.vars",
    "/app/.env.production",
    "/app/.wrangler/state/key",
    "/app/containers/transcoder/image.test.ts",
    "/app/containers/transcoder/Dockerfile",
    "/app/protocol/README.md",
    "/app/scripts/start.ts",
    "/app/workers/index.ts",
    "/root/.npmrc",
    "/run/.docker/config.json",
  ];
  expect(findForeignFiles(["/app/package.json", ...bad])).toEqual(bad);
});

const confined = `Name:\tnode
Uid:\t1000\t1000\t1000\t1000
CapInh:\t0000000000000000
CapPrm:\t0000000000000000
CapEff:\t0000000000000000
CapBnd:\t0000000000000000
CapAmb:\t0000000000000000
NoNewPrivs:\t1
`;
const readOnly = "overlay / overlay ro,relatime,lowerdir=/a 0 0\ntmpfs /tmp tmpfs rw,nosuid 0 0\n";

test("a process without a way to more has no weakness", () => {
  expect(findWeaknesses(confined, readOnly)).toEqual([]);
});

test("each way to more is told, and so is what can't be read", () => {
  const root = confined.replace("1000\t1000\t1000\t1000", "1000\t0\t0\t0");
  expect(findWeaknesses(root, readOnly)).toEqual(["It runs as root (Uid 1000 0 0 0)."]);
  const able = confined.replace("CapBnd:\t0000000000000000", "CapBnd:\t00000000a80425fb");
  expect(findWeaknesses(able, readOnly)).toEqual(["It has capabilities (CapBnd 00000000a80425fb)."]);
  const gaining = confined.replace("NoNewPrivs:\t1", "NoNewPrivs:\t0");
  expect(findWeaknesses(gaining, readOnly)).toEqual(["Programs that it starts may gain privileges."]);
  expect(findWeaknesses(confined, readOnly.replace("ro,", "rw,"))).toEqual([
    "Its root file system can be written to.",
  ]);
  expect(findWeaknesses("", "")).toHaveLength(8);
});
