import { createExecutionContext, env } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { refusalOf } from "../../test/support/http.ts";
import { app } from "../app.ts";
import { hasOwnHost, originFor, ownOrigins } from "./own-origins.ts";

const of = (PUBLIC_ORIGINS: string) => ({ PUBLIC_ORIGINS });
const laptop = of("http://127.0.0.1:8787 http://localhost:8787");

test("origins are read in their one spelling, the main one first; anything else stops the service", () => {
  expect(ownOrigins(of(" https://films.example\nhttps://www.films.example "))).toEqual({
    all: ["https://films.example", "https://www.films.example"],
    main: "https://films.example",
    isLocal: false,
  });
  expect(ownOrigins(laptop).isLocal).toBe(true);
  for (const wrong of ["", " ", "films.example", "https://films.example/", "*", "https://Films.example"]) {
    expect(() => ownOrigins(of(wrong)), wrong).toThrow("PUBLIC_ORIGINS");
  }
});

test("links begin with the own origin by which a request came, and never with another name", () => {
  const two = of("https://films.example https://kino.example");
  const asked = (url: string) => originFor(new Request(url), two);
  expect(asked("https://kino.example/watch/x")).toBe("https://kino.example");
  expect(asked("http://kino.example/")).toBe("https://kino.example");
  expect(asked("https://evil.example/")).toBe("https://films.example");
  expect(asked("https://films.example.evil.example/")).toBe("https://films.example");
});

test("on a laptop only names of this machine are its own", () => {
  const isOwn = (url: string) => hasOwnHost(new Request(url), laptop);
  for (const url of [
    ...[
      "http://127.0.0.1:8787/",
      "http://localhost:9/",
      "http://[::1]:8787/",
      "http://films.localhost:8787/",
    ],
    ...["http://127.0.0.2/", "http://2130706433/"],
  ]) {
    expect(isOwn(url), url).toBe(true);
  }
  for (const url of [
    ...["http://evil.example/", "http://127.0.0.1.evil.example/", "http://localhost.evil.example/"],
    ...["http://notlocalhost/", "http://192.168.1.5:8787/", "http://0.0.0.0:8787/", "http://[::]/"],
  ]) {
    expect(isOwn(url), url).toBe(false);
  }
});

test("a service that knows no address of its own answers nothing, and says why in its log", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  try {
    for (const path of ["/", "/v1/assets", "/v/x/main.m3u8"]) {
      const nameless = { ...env, PUBLIC_ORIGINS: "" };
      const answer = await app.request(
        `https://films.example${path}`,
        {},
        nameless,
        createExecutionContext(),
      );
      expect(await refusalOf(answer), path).toEqual([500, "internal_error"]);
    }
    expect(String(log.mock.lastCall?.at(-1))).toContain("PUBLIC_ORIGINS");
  } finally {
    log.mockRestore();
  }
});

test("a laptop answers no request for another host, whatever is asked; the cloud does, and does not believe it", async () => {
  const ask = async (origins: string, url: string) =>
    await app.request(url, {}, { ...env, PUBLIC_ORIGINS: origins }, createExecutionContext());
  for (const path of ["/", "/v1/assets", "/v1/playback", "/v/x/main.m3u8", "/healthz", "/studio", "/none"]) {
    const refused = await ask(laptop.PUBLIC_ORIGINS, `http://evil.example:8787${path}`);
    expect(await refusalOf(refused), path).toEqual([421, "host_unknown"]);
    const answered = await ask(laptop.PUBLIC_ORIGINS, `http://localhost:8787${path}`);
    expect(answered.status, path).not.toBe(421);
    expect((await ask("https://films.example", `https://evil.example${path}`)).status, path).not.toBe(421);
  }
});
