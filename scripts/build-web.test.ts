import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { answerHeaders, strictTransport } from "../workers/http/answer-headers.ts";
import { projectRoot } from "./local/project-root.ts";

test("files that are served without the Worker have the headers of its pages, as far as these concern a file", () => {
  const text = readFileSync(path.join(projectRoot, "workers/web/static/_headers"), "utf8");
  const [, block = ""] = text.split("\n/*\n");
  const headers = new Map(block.matchAll(/^ {2}([\w-]+): (.+)$/gm).map(([, name, value]) => [name, value]));
  const [name, value] = strictTransport;
  expect(headers.get(name)).toBe(value);
  for (const [header, wanted] of Object.entries(answerHeaders.page)) {
    // They open nothing and ask for no camera, browsers ask for them each time, and only a page has our policy.
    if (["Cache-Control", "Cross-Origin-Opener-Policy", "Permissions-Policy"].includes(header)) continue;
    if (header === "Content-Security-Policy") {
      expect(headers.get(header)).toMatch(/^default-src 'none';.* frame-ancestors 'none'$/);
    } else expect(headers.get(header), header).toBe(wanted);
  }
});
