/** A task's API as a local transcoder uses it: over HTTP, under a signed grant, with real D1 and R2. */
import { createExecutionContext, env } from "cloudflare:test";
import { eq } from "drizzle-orm";
import { beforeEach, expect, test, vi } from "vitest";
import type { TaskSpec } from "../../../protocol/task.ts";
import { countStatements } from "../../../test/support/count-statements.ts";
import { md5Of } from "../../../test/support/md5.ts";
import { anAsset } from "../../../test/support/publish-film.ts";
import { openDatabase } from "../../catalog/database.ts";
import { tasks } from "../../catalog/schema.ts";
import { faultyDatabase } from "../../faults/faulty-database.ts";
import { accessOf } from "./task-access.ts";
import { signGrant } from "./task-grant.ts";
import { internalApi } from "./transcoder-api.ts";

const db = openDatabase(env);
const spec: TaskSpec = {
  ...{ kind: "storyboard", key: "storyboard-1", from: "v240p-1", intervalFrames: 50 },
  tiles: { columns: 1, rows: 1, width: 16, height: 9 },
  grid: {
    ...{ frameRate: { num: 25, den: 1 }, timescale: 10_000, frameTicks: 400, frames: 1500, gopFrames: 50 },
    ...{ segmentFrames: 150, originSeconds: 0, containerStartSeconds: 0 },
  },
};

let assetId = "";
let taskId = "";
let count = 0;

beforeEach(async () => {
  assetId = await anAsset(env, 0);
  taskId = `${assetId}.6.storyboard.0`;
  await db.insert(tasks).values({
    ...{ id: taskId, assetId, kind: "storyboard", ordinal: 0, stage: 6, priority: 30, status: "running" },
    ...{ spec: { ...spec, padding: "x".repeat(12_000) }, lease: `lease-${++count}`, leaseUntil: 1e15 },
  });
});

/** Calls the API of an attempt at `of`. */
async function call(
  bindings: Env,
  method: string,
  path: string,
  {
    of = spec,
    lease = `lease-${count}`,
    body = "",
    length,
  }: { of?: TaskSpec; lease?: string; body?: string; length?: number } = {},
): Promise<Response> {
  const access = accessOf(assetId, of, { key: "sources/1", bytes: 5 });
  const grant = await signGrant(env.GRANT_SECRET, { taskId, lease, access, expiresAt: Date.now() + 600_000 });
  const headers = { "Marquee-MD5": await md5Of(body), "Content-Length": String(length ?? body.length) };
  const init = method === "PUT" ? { body, headers } : {};
  const request = new Request(`http://marquee.test/${grant}${path}`, { method, ...init });
  return await internalApi.fetch(request, bindings, createExecutionContext());
}

test("an attempt stores as many objects as were planned, and as large, and not one more or larger", async () => {
  const put = async (file: string, length?: number) => {
    const options = length === undefined ? { body: "x" } : { body: "x", length };
    const response = await call(env, "PUT", `/media/storyboard-1/${file}`, options);
    return [response.status, ((await response.json().catch(() => ({}))) as { code?: string }).code];
  };
  expect(await put("sprite-00029.jpg")).toEqual([204, undefined]);
  expect(await put("sprite-00030.jpg")).toEqual([403, "not_in_task"]);
  expect(await put("seg-00030.m4s")).toEqual([403, "not_in_task"]);
  expect(await put("sprite-00001.jpg", 10_000_000)).toEqual([413, "too_much_output"]);
  expect(await env.MEDIA.head(`media/${assetId}/storyboard-1/sprite-00001.jpg`)).toBeNull();
});

test("a mezzanine has no more parts than a copy of its source needs", async () => {
  const of: TaskSpec = { kind: "remux", container: "avi", bytes: 5 };
  expect((await call(env, "PUT", "/remux/upload/2", { of, body: "x" })).status).toBe(403);
  expect((await call(env, "PUT", "/remux/upload/0", { of, body: "x" })).status).toBe(403);
  expect((await call(env, "PUT", "/remux/upload/1", { of, body: "x", length: 40_000_000 })).status).toBe(413);
});

test("an attempt that stores 200 objects asks D1 for its lease once, and not for its task's row", async () => {
  const counted = countStatements(env);
  const of = { ...spec, intervalFrames: 1 };
  for (let n = 0; n < 200; n++) {
    const file = `sprite-${String(n).padStart(5, "0")}.jpg`;
    const path = `/media/storyboard-1/${file}`;
    expect((await call(counted.env, "PUT", path, { of, body: "x" })).status).toBe(204);
  }
  expect(await env.MEDIA.head(`media/${assetId}/storyboard-1/sprite-00199.jpg`)).not.toBeNull();
  // Before there was a grant with facts in it: 200 statements, each with the task's spec and the film's plan.
  expect(counted.statements()).toBeLessThanOrEqual(2);
  expect(counted.rowsRead()).toBeLessThanOrEqual(2);
});

test("a lost lease is refused, and stays refused", async () => {
  await db.update(tasks).set({ lease: "another" }).where(eq(tasks.id, taskId));
  for (let n = 0; n < 2; n++) {
    const response = await call(env, "PUT", "/media/storyboard-1/sprite-00000.jpg", { body: "x" });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: "lease_lost" });
  }
});

test("while D1 is away an attempt goes on storing for a while; one that is not known is told to wait", async () => {
  vi.spyOn(console, "warn").mockReturnValue(undefined);
  const away: Env = {
    ...env,
    DB: faultyDatabase(
      env.DB,
      async () => null,
      async () => "unreachable",
    ),
  };
  const store = (bindings: Env) =>
    call(bindings, "PUT", "/media/storyboard-1/sprite-00000.jpg", { body: "x" });
  const unknown = await store(away);
  expect([unknown.status, unknown.headers.get("Retry-After")]).toEqual([503, "5"]);
  expect((await store(env)).status).toBe(204);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 100_000 });
  expect((await store(away)).status).toBe(204);
  vi.setSystemTime(Date.now() + 100_000);
  expect((await store(away)).status).toBe(503);
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("beginning a mezzanine asks D1 each time, because it aborts another's upload", async () => {
  const of: TaskSpec = { kind: "remux", container: "avi", bytes: 5 };
  expect((await call(env, "POST", "/remux", { of })).status).toBe(200);
  await db.update(tasks).set({ lease: "another" }).where(eq(tasks.id, taskId));
  expect((await call(env, "POST", "/remux", { of })).status).toBe(409);
});

test("an attempt reads and writes what its task names, and nothing else", async () => {
  await env.SOURCES.put("sources/1", "bytes");
  await env.MEDIA.put(`media/${assetId}/v240p-1/seg-00000.m4s`, "segment");
  expect(await (await call(env, "GET", "/source")).text()).toBe("bytes");
  expect(await (await call(env, "GET", "/media/v240p-1/seg-00000.m4s")).text()).toBe("segment");
  for (const [method, path] of [
    ["PUT", "/media/v240p-1/seg-00000.m4s"],
    ["PUT", "/media/storyboard-1/other.txt"],
    ["GET", "/media/storyboard-1/sprite-00000.jpg"],
    ["GET", "/slices/a0/00000.flac"],
    ["PUT", "/slices/a0/00000.flac"],
    ["POST", "/remux"],
  ] as const) {
    expect((await call(env, method, path, { body: "x" })).status, path).toBe(403);
  }
});
