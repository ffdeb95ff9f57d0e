import { expect, test } from "vitest";
import { findBareFetch } from "./find-bare-fetch.ts";

const linesOf = (source: string) => findBareFetch(source).map(({ line }) => line);

test("the platform's fetch is for the helpers alone, with a signal or without", () => {
  expect(linesOf('const a = 1;\nawait fetch("http://x/", { signal });')).toEqual([2]);
  expect(linesOf("start(() => fetch(url));")).toEqual([1]);
  expect(linesOf('await fetchWithin(5000, "http://x/");\nprefetch(url);')).toEqual([]);
});

test("a binding's fetch needs a signal, which may stand some lines below", () => {
  expect(linesOf('port.fetch("http://container/");')).toEqual([1]);
  expect(linesOf('port.fetch("http://container/", {\n  method: "POST",\n  signal,\n});')).toEqual([]);
  expect(linesOf('port.fetch("http://container/", {\n  method: "POST",\n});\nend(signal);')).toEqual([1]);
});

test("routers that answer in this process, declarations and comments are none", () => {
  const source = [
    "return app.fetch(request, env, ctx);",
    "return transcoderApi.fetch(request);",
    "  override async fetch(request: Request): Promise<Response> {",
    "  fetch: (request) => answer(request),",
    " * what `fetch(url)` throws",
    "await this.#fetch(path);",
  ];
  expect(linesOf(source.join("\n"))).toEqual([]);
});
