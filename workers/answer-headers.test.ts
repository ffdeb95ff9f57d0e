/** The headers of every answer: each route of the router, what no route knows, and the answers that give something away. */
import { createExecutionContext, env } from "cloudflare:test";
import { expect, test } from "vitest";
import { type SendOptions, send } from "../test/support/http.ts";
import { missingHeaders } from "../test/support/missing-headers.ts";
import { routeNames } from "../test/support/routes.ts";
import { seedProducer } from "../test/support/seed-producer.ts";
import { seededKeys, seedTitle } from "../test/support/seed-title.ts";
import { signIn } from "../test/support/sign-in.ts";
import { app } from "./app.ts";
import { type AnswerKind, answerKindOf } from "./http/answer-headers.ts";

/** The folders of each kind: a route in a new folder has to be put into one of them, here and in the table. */
const folders: Record<AnswerKind, string[]> = {
  page: ["", "watch"],
  studio: ["studio", "ops"],
  api: ["v1", "internal", "healthz", "livez"],
  media: ["v"],
  image: ["images"],
};

async function ask(path: string, options: SendOptions = {}): Promise<Response> {
  const response = await send(path, options);
  expect(missingHeaders(path, response.headers), path).toEqual([]);
  return response;
}

test("every route answers with the headers of its kind, also when it refuses", async () => {
  for (const name of routeNames()) {
    const [method = "", pattern = ""] = name.split(" ");
    const path = pattern.replaceAll(/:\w+/g, "none").replaceAll("*", "none");
    const folder = path.split("/")[1] ?? "";
    expect(folders[answerKindOf(path)], `${name} belongs to a kind of answer`).toContain(folder);
    const methods = method === "ALL" ? ["GET", "POST", "OPTIONS", "TRACE"] : [method, "OPTIONS"];
    for (const one of methods.filter((it) => it !== "TRACE")) {
      await (await ask(path, { method: one })).body?.cancel();
    }
  }
});

test("what no route knows, and what fails, has them too", async () => {
  for (const path of [
    "/none",
    "/v1/none",
    "/v1/",
    "/studio/none",
    "/v/",
    "/images/",
    "/internal/",
    "/assets/x",
  ]) {
    for (const headers of [{}, { Accept: "text/html" }]) {
      await (await ask(path, { headers })).body?.cancel();
    }
  }
  const broken = {
    ...env,
    DB: {
      prepare: () => {
        throw new Error("unreachable");
      },
    } as unknown as D1Database,
  };
  for (const path of ["/v1/assets", "/studio"]) {
    const headers = { Authorization: "Bearer mqk_none_none", Cookie: "__Host-marquee_session=x" };
    const response = await app.request(
      `https://marquee.test${path}`,
      { headers },
      broken,
      createExecutionContext(),
    );
    expect(response.status, path).toBeGreaterThanOrEqual(500);
    expect(missingHeaders(path, response.headers), path).toEqual([]);
  }
});

test("films, pictures and what is said of them have them too", async () => {
  const { slug, assetId } = await seedTitle(env);
  const issued = await ask("/v1/playback", { body: { title: slug } });
  const { playback_url } = await issued.json<{ playback_url: string }>();
  const folder = new URL(".", playback_url).pathname;
  const segment = `${folder}${seededKeys.video720}/seg-00000.m4s`;
  for (const file of ["main.m3u8", "session.json", "steering.json"]) {
    expect((await ask(`${folder}${file}`)).status, file).toBe(200);
  }
  const whole = await ask(segment);
  const conditional = { "If-None-Match": whole.headers.get("ETag") ?? "" };
  expect([whole.status, (await ask(segment, { method: "HEAD" })).status]).toEqual([200, 200]);
  expect((await ask(segment, { headers: { Range: "bytes=0-9" } })).status).toBe(206);
  expect((await ask(segment, { headers: { Range: "bytes=999999-" } })).status).toBe(416);
  expect((await ask(segment, { headers: conditional })).status).toBe(304);
  expect((await ask(`/images/${assetId}/${seededKeys.poster}/poster-640.jpg`)).status).toBe(200);
});

test("pages of those who are signed in are kept nowhere; the player's page opens what a player needs", async () => {
  const { key } = await seedProducer(env, { isOperator: true });
  const headers = { Cookie: await signIn(key) };
  for (const path of ["/studio", "/studio/deleted", "/ops"]) {
    expect((await ask(path, { headers })).status, path).toBe(200);
  }
  const { slug } = await seedTitle(env);
  const page = await ask(`/watch/${slug}`);
  expect(page.headers.get("Content-Security-Policy")).toContain("media-src 'self' blob: data:");
});

test("a service that is reached by http alone promises no https", async () => {
  const laptop = { ...env, PUBLIC_ORIGINS: "http://127.0.0.1:8787" };
  const response = await app.request("http://127.0.0.1:8787/", {}, laptop, createExecutionContext());
  expect(response.headers.get("X-Content-Type-Options")).toBe("nosniff");
  expect(response.headers.get("Strict-Transport-Security")).toBeNull();
});
