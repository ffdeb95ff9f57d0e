import { expect, test } from "vitest";
import { isFromBrowser } from "./is-from-browser.ts";

test("what a page sends is told from what the pipeline sends", () => {
  expect(
    isFromBrowser({ host: "127.0.0.1:1", "content-type": "text/plain", origin: "https://evil.example" }),
  ).toBe(true);
  expect(isFromBrowser({ "sec-fetch-site": "cross-site" })).toBe(true);
  expect(isFromBrowser({ host: "127.0.0.1:1", "content-length": "12" })).toBe(false);
});
