import { expect, test } from "vitest";
import { joinSubtitles } from "./join-subtitles.ts";

const head = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n";

test("cues are joined in order, one that crosses the end of a segment only once", () => {
  const crossing = "00:00:58.000 --> 00:01:02.000 line:0\nacross\ntwo lines\n";
  const one = [head, "00:00:01.000 --> 00:00:02.000\nfirst\n", crossing].join("\n");
  const two = [head, crossing, "00:01:05.000 --> 00:01:06.000\nfirst\n"].join("\n");
  expect(joinSubtitles([one, `${head}\n`, two])).toBe(
    [
      "WEBVTT",
      "00:00:01.000 --> 00:00:02.000\nfirst",
      "00:00:58.000 --> 00:01:02.000 line:0\nacross\ntwo lines",
      "00:01:05.000 --> 00:01:06.000\nfirst\n",
    ].join("\n\n"),
  );
});

test("a film in which nobody speaks has an empty file that players still read", () => {
  expect(joinSubtitles([`${head}\n`, head.replaceAll("\n", "\r\n")])).toBe("WEBVTT\n");
});
