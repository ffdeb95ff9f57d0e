import fc from "fast-check";
import { expect, test } from "vitest";
import { classifyDecodeErrors } from "./classify-decode-errors.ts";
import { watchLog } from "./watch-log.ts";

const lines = [
  "[h264 @ 0x55] [error] error while decoding MB 19 2, bytestream 1096",
  "[warning] http://127.0.0.1/source: corrupt decoded frame in stream 0",
  "    Last message repeated 2 times",
  "[error] Error while decoding stream #0:1: Invalid data found when processing input",
  "[vist#0:0/h264 @ 0x55] [error] Error submitting packet to decoder: Invalid data",
  "[Parsed_fps_2 @ 0x55] [verbose] 159 frames in, 225 frames out; 0 frames dropped, 66 frames duplicated.",
  "[matroska,webm @ 0x55] [error] Element at 0x1 ending at 0x9 exceeds containing master element ending at 0x5",
];

test("frames with errors are counted by stream, however the text is cut into pieces", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 40 })), (cuts) => {
      const watch = watchLog();
      let rest = `${lines.join("\n")}\n`;
      for (const cut of cuts) {
        watch.feed(rest.slice(0, cut));
        rest = rest.slice(cut);
      }
      watch.feed(rest);
      expect(watch.findings).toEqual({ decodeErrors: { 0: 4, 1: 1 }, complaints: 1, repeatedFrames: 66 });
    }),
  );
});

test("the log keeps the last lines, and no chatter", () => {
  const watch = watchLog();
  watch.feed(`first\n${"[info] x264 says much\n".repeat(1000)}last`);
  expect(watch.log()).toBe("first\nlast");
  watch.feed(`\n${"y".repeat(20_000)}\n`);
  expect(watch.log()).toHaveLength(8192);
});

const clean = { decodeErrors: {}, complaints: 0, repeatedFrames: 0 };

test("a scratch is told, a broken chunk is refused", () => {
  const classify = (findings: Partial<typeof clean>) =>
    classifyDecodeErrors({ ...clean, ...findings }, 0, 1200, 48);
  expect(classify({})).toEqual({ damaged: false, pictures: 0, sounds: 0 });
  expect(classify({ decodeErrors: { 0: 100 } })).toMatchObject({ damaged: false, pictures: 100 });
  expect(classify({ decodeErrors: { 0: 130 } })).toMatchObject({ damaged: true });
  expect(classify({ decodeErrors: { 1: 500 } })).toMatchObject({ damaged: false, sounds: 500 });
  expect(classify({ decodeErrors: { 1: 600 } })).toMatchObject({ damaged: true });
});

test("repeated pictures are a torn file's only when the demuxer or decoder complains", () => {
  const classify = (complaints: number) =>
    classifyDecodeErrors({ ...clean, complaints, repeatedFrames: 1100 }, 0, 1200, 48);
  expect(classify(0)).toEqual({ damaged: false, pictures: 0, sounds: 0 });
  expect(classify(1)).toMatchObject({ damaged: true, pictures: 1100 });
});
