import { expect, test } from "vitest";
import { findUndocumented } from "./find-undocumented.ts";

test("an export needs a docstring right above it", () => {
  const source = [
    "/** Story of the file. */",
    'import { a } from "./a.ts";',
    "",
    "/** Said. */",
    "export const said = 1;",
    "export function unsaid(): void {}",
    "/* not a docstring */",
    "export interface Quiet {}",
    "/**",
    " * Long.",
    " */",
    "export async function long(): Promise<void> {}",
    "",
    "/** Too far away. */",
    "",
    "export type Far = string;",
    "const notExported = 2;",
  ].join("\n");
  expect(findUndocumented(source)).toEqual([
    { line: 6, name: "unsaid" },
    { line: 8, name: "Quiet" },
    { line: 16, name: "Far" },
  ]);
});

test("overloads are documented once", () => {
  const source = "/** Twice. */\nexport function f(a: string): void;\nexport function f(a: unknown): void {}";
  expect(findUndocumented(source)).toEqual([]);
});
