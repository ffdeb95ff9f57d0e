import { expect, test } from "vitest";
import { findServer } from "./find-server.ts";

const local = JSON.stringify({ url: "http://127.0.0.1:8790", key: "mqk_local" });
const none = { server: undefined, key: undefined };

test("options come before the environment, the environment before the local server", () => {
  expect(findServer(none, {}, local)).toEqual({ url: "http://127.0.0.1:8790", key: "mqk_local" });
  const environment = { MARQUEE_URL: "https://tv.example/", MARQUEE_KEY: "mqk_env" };
  expect(findServer(none, environment, local)).toEqual({ url: "https://tv.example", key: "mqk_env" });
  expect(findServer({ server: "http://a/", key: "mqk_a" }, environment, local)).toEqual({
    url: "http://a",
    key: "mqk_a",
  });
  expect(findServer({ ...none, key: "mqk_a" }, {}, null).url).toBe("http://127.0.0.1:8787");
});

test("the local server's key goes to no other server", () => {
  expect(() => findServer({ ...none, server: "https://tv.example" }, {}, local)).toThrowError(/--key/);
  expect(findServer({ ...none, server: "http://127.0.0.1:8790/" }, {}, local).key).toBe("mqk_local");
});

test("a broken local file counts as none; a wrong address is told", () => {
  expect(() => findServer(none, {}, '{"url":')).toThrowError(/MARQUEE_KEY/);
  expect(() => findServer({ server: "tv.example", key: "k" }, {}, null)).toThrowError(/server's address/);
  expect(() => findServer({ server: "ftp://tv.example", key: "k" }, {}, null)).toThrowError(
    /server's address/,
  );
  expect(() => findServer({ server: undefined, key: "mqk_\n" }, {}, null)).toThrowError(/key/);
});
