import { expect, test } from "vitest";
import { progressBoard, progressLine } from "./progress-board.ts";

function record(isTTY: boolean) {
  const written: string[] = [];
  return {
    written,
    board: progressBoard({
      isTTY,
      columns: 60,
      write: (text) => written.push(text.replaceAll("\u001b", "ESC")),
    }),
  };
}

test("a log gets one line for each tenth, and never the same line twice", () => {
  const { written, board } = record(false);
  for (let percent = 0; percent <= 100; percent++) board.show("a.mp4", "uploading", percent / 100);
  board.finish("a.mp4", "ready.");
  expect(written).toHaveLength(12);
  expect(written[0]).toBe("a.mp4: uploading 0 %\n");
  expect(written.at(-1)).toBe("a.mp4: ready.\n");
});

test("a terminal redraws all films' lines in place, and leaves the last words above them", () => {
  const { written, board } = record(true);
  board.show("a.mp4", "uploading", 0.5);
  board.show("b.mp4", "uploading", 0);
  board.finish("a.mp4", "ready.");
  expect(written[0]).toContain(" 50 %  uploading  a.mp4\n");
  expect(written[1]).toMatch(/^ESC\[1A\rESC\[0J.* 50 % .*\n.* {3}0 % .*\n$/);
  expect(written[2]).toMatch(/^ESC\[2A\rESC\[0Ja\.mp4: ready\.\n.*b\.mp4\n$/);
  for (const row of written.join("").split("\n")) expect(row.length).toBeLessThan(80);
});

test("a fraction out of range is shown as none or all", () => {
  expect(progressLine("a", "preparing", -1, true)).toContain("  0 %");
  expect(progressLine("a", "preparing", 1.5, true)).toContain("100 %");
});
