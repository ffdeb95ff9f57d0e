import { expect, test } from "vitest";
import { knowsKey } from "./knows-key.ts";

test("only the very key is known", () => {
  expect(knowsKey({ authorization: "Bearer secret" }, "secret")).toBe(true);
  for (const authorization of [
    "",
    "Bearer",
    "Bearer ",
    "Bearer secre",
    "Bearer secrets",
    "secret",
    "bearer secret",
  ])
    expect(knowsKey({ authorization }, "secret"), authorization).toBe(false);
  expect(knowsKey({}, "secret")).toBe(false);
  expect(knowsKey({ authorization: "Bearer " }, "")).toBe(false);
});
