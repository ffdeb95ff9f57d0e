import { expect, test } from "vitest";
import { box, deepBoxes, manyTracks, withoutIndex } from "./mp4-boxes.ts";

/** The names and contents of the boxes that stand side by side in `bytes`. */
function boxesIn(bytes: Buffer): { name: string; content: Buffer }[] {
  const found: { name: string; content: Buffer }[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const size = bytes.readUInt32BE(at);
    expect(size).toBeGreaterThanOrEqual(8);
    found.push({
      name: bytes.toString("latin1", at + 4, at + 8),
      content: bytes.subarray(at + 8, at + size),
    });
    at += size;
  }
  return found;
}

test("a box is its size, its name and its content", () => {
  expect(boxesIn(box("free", Buffer.from("abc")))).toEqual([{ name: "free", content: Buffer.from("abc") }]);
});

test("the file without an index has media and nothing that says what it is", () => {
  expect(boxesIn(withoutIndex(3)).map(({ name }) => name)).toEqual(["ftyp", "mdat"]);
});

test("deep boxes stand one in another, as deep as was asked", () => {
  const moov = boxesIn(deepBoxes(1000)).find(({ name }) => name === "moov");
  let inner = boxesIn(moov?.content ?? Buffer.alloc(0)).find(({ name }) => name === "trak")?.content;
  let depth = 1;
  while (inner !== undefined && inner.byteLength > 0) {
    inner = boxesIn(inner)[0]?.content;
    depth += 1;
  }
  expect(depth).toBe(1000);
});

test("every track of many is whole", () => {
  const moov = boxesIn(manyTracks(70)).find(({ name }) => name === "moov");
  const tracks = boxesIn(moov?.content ?? Buffer.alloc(0)).filter(({ name }) => name === "trak");
  expect(tracks).toHaveLength(70);
  expect(boxesIn(tracks[69]?.content ?? Buffer.alloc(0)).map(({ name }) => name)).toEqual(["tkhd", "mdia"]);
});
