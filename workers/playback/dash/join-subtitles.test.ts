import { expect, test } from "vitest";
import { joinSubtitles } from "./join-subtitles.ts";

/** The file that the pieces make. */
async function join(segments: readonly string[]): Promise<string> {
  return (await Array.fromAsync(joinSubtitles(segments))).join("");
}

const head = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n";

test("cues are joined in order, one that crosses the end of a segment only once", async () => {
  const crossing = "00:00:58.000 --> 00:01:02.000 line:0\nacross\ntwo lines\n";
  const one = [head, "00:00:01.000 --> 00:00:02.000\nfirst\n", crossing].join("\n");
  const two = [head, crossing, "00:01:05.000 --> 00:01:06.000\nfirst\n"].join("\n");
  const between = [head, crossing].join("\n");
  expect(await join([one, between, two, `${head}\n`])).toBe(
    [
      "WEBVTT",
      "00:00:01.000 --> 00:00:02.000\nfirst",
      "00:00:58.000 --> 00:01:02.000 line:0\nacross\ntwo lines",
      "00:01:05.000 --> 00:01:06.000\nfirst\n",
    ].join("\n\n"),
  );
});

test("a film in which nobody speaks has an empty file that players still read", async () => {
  expect(await join([`${head}\n`, head.replaceAll("\n", "\r\n")])).toBe("WEBVTT\n");
});
