import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { localTranscoder, transcoderKey } from "../../shared/transcoder-key.ts";
import { accessOf } from "./task-access.ts";
import { startAttempt } from "./transcoder-client.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("a task comes with the transcoder's own key, and with no secret", async () => {
  const sent: Request[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    sent.push(new Request(input, init));
    return new Response("{}");
  });
  const spec = { kind: "inspect" as const, bytes: 5 };
  const access = accessOf("ast_1", spec, { key: "sources/1", bytes: 5 });
  const attempt = { taskId: "ast_1.0.inspect.0", lease: "lease-1", spec, access, alone: false };
  expect(await startAttempt(env, attempt, "", 1000)).not.toBeNull();
  const [request] = sent;
  expect(request?.url).toBe(`${env.TRANSCODER_URL}/tasks`);
  const key = await transcoderKey(env.GRANT_SECRET, localTranscoder);
  expect(request?.headers.get("Authorization")).toBe(`Bearer ${key}`);
  expect(await request?.text()).not.toContain(env.GRANT_SECRET);
});
