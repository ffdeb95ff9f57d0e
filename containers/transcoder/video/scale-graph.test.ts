import { expect, test } from "vitest";
import { scaleGraph } from "./scale-graph.ts";

const [top, hd, sd, low, least] = [
  { width: 1920, height: 1080 },
  { width: 1280, height: 720 },
  { width: 854, height: 480 },
  { width: 640, height: 360 },
  { width: 426, height: 240 },
] as const;
const filters = {
  ...{ deinterlace: false, toneMap: false, largest: top },
  sizes: [top, hd, sd, low, least],
};

test("each rung is scaled from the next one that is clearly larger", () => {
  expect(scaleGraph([top, hd, sd, low, least], filters).split(";")).toEqual([
    "split=2[v0][s1280x720]",
    "[s1280x720]scale=1280:720:flags=bicubic,setsar=1,split=3[v1][s854x480][s640x360]",
    "[s854x480]scale=854:480:flags=bicubic,setsar=1,split=1[v2]",
    "[s640x360]scale=640:360:flags=bicubic,setsar=1,split=2[v3][s426x240]",
    "[s426x240]scale=426:240:flags=bicubic,setsar=1,split=1[v4]",
  ]);
});

test("a rung alone goes down the same steps", () => {
  expect(scaleGraph([low], filters).split(";")).toEqual([
    "split=1[s1280x720]",
    "[s1280x720]scale=1280:720:flags=bicubic,setsar=1,split=1[s640x360]",
    "[s640x360]scale=640:360:flags=bicubic,setsar=1,split=1[v0]",
  ]);
});

test("rungs of one size in several codecs share it; without a ladder each is scaled from the picture", () => {
  expect(scaleGraph([top, top, hd], filters)).toBe(
    "split=3[v0][v1][s1280x720];[s1280x720]scale=1280:720:flags=bicubic,setsar=1,split=1[v2]",
  );
  expect(scaleGraph([hd, low], { deinterlace: false, toneMap: false })).toBe(
    "split=2[s1280x720][s640x360];[s1280x720]scale=1280:720:flags=bicubic,setsar=1,split=1[v0];" +
      "[s640x360]scale=640:360:flags=bicubic,setsar=1,split=1[v1]",
  );
});
