/** The fuzz's own judge: it lets right answers pass, and sees each fault that it is there for. */
import { expect, test } from "vitest";
import { send } from "../../support/http.ts";
import type { ApiRequest } from "./draw-request.ts";
import { bystanderSecret } from "./fuzz-world.ts";
import { judgeAnswer } from "./judge-answer.ts";

function sentTo(path: string): ApiRequest {
  const again = () => new Request(`https://marquee.test${path}`);
  return { route: "", request: again(), again, path, shownBody: "", isOperators: false };
}

/** Asks for the path, changes the answer, and judges it. */
async function judge(path: string, change: { status?: number; headers?: object; text?: string } = {}) {
  const response = await send(path);
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(change.headers ?? {})) headers.set(name, String(value));
  const text = change.text ?? (await response.text());
  return judgeAnswer(sentTo(path), { status: change.status ?? response.status, headers, text });
}

test("right answers have no fault", async () => {
  expect(await judge("/v1/assets")).toEqual({ kind: "401 unauthenticated", faults: [] });
  expect(await judge("/")).toEqual({ kind: "200 page", faults: [] });
  expect(await judge("/studio/none")).toMatchObject({ faults: [] });
  expect(await judge("/v1/playback")).toEqual({ kind: "405 method_not_allowed", faults: [] });
});

test("every fault is seen", async () => {
  const faultsOf = async (...asked: Parameters<typeof judge>) => (await judge(...asked)).faults.join("\n");
  expect(await faultsOf("/v1/assets", { status: 500 })).toMatch(/^a 500: /);
  expect(await faultsOf("/v1/assets", { headers: { "Content-Type": "text/plain" } })).toContain("a bare 401");
  expect(await faultsOf("/v1/assets", { text: "{}" })).toContain("no code");
  expect(await faultsOf("/v1/assets", { status: 403 })).toContain("another status in the body");
  expect(await faultsOf("/v1/assets", { headers: { "X-Frame-Options": "ALLOW" } })).toContain(
    "X-Frame-Options",
  );
  expect(await faultsOf("/v1/assets", { text: bystanderSecret })).toContain("another producer's file name");
  expect(await faultsOf("/", { text: "<p><fuzz-mark></p>" })).toContain("markup of the sender's came back");
  expect(await faultsOf("/", { headers: { Location: "//evil.test/" } })).toContain("a redirect to");
  expect(await faultsOf("/", { status: 503 })).toMatch(/^a 503: /);
  expect(await faultsOf("/healthz", { status: 503 })).not.toMatch(/a 503: /);
});
