import { expect, test } from "vitest";
import { readPlaylist } from "./read-playlist.ts";

test("a media playlist becomes a value", () => {
  const text = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:6
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init.mp4"
#EXTINF:6.00600,
seg-00000.m4s
#EXTINF:1.50150,
seg-00001.m4s
#EXT-X-ENDLIST
`;
  const map = { uri: "init.mp4", byteRange: null };
  expect(readPlaylist(text)).toMatchObject({
    kind: "media",
    version: 7,
    targetDuration: 6,
    mediaSequence: 0,
    playlistType: "VOD",
    endList: true,
    iFramesOnly: false,
    independentSegments: true,
    segments: [
      { uri: "seg-00000.m4s", duration: 6.006, byteRange: null, map },
      { uri: "seg-00001.m4s", duration: 1.5015, byteRange: null, map },
    ],
  });
});

test("an I-frame playlist keeps its byte ranges", () => {
  const text = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:2
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-I-FRAMES-ONLY
#EXT-X-MAP:URI="init.mp4"
#EXTINF:2.00000,
#EXT-X-BYTERANGE:1300@24
seg-00000.m4s
#EXT-X-ENDLIST
`;
  expect(readPlaylist(text)).toMatchObject({
    iFramesOnly: true,
    segments: [{ uri: "seg-00000.m4s", duration: 2, byteRange: { length: 1300, offset: 24 } }],
  });
});

test.each([
  ["nothing", ""],
  ["HTML", "<!doctype html>"],
  ["a leading byte order mark", "\ufeff#EXTM3U\n"],
  ["no target duration", "#EXTM3U\n#EXTINF:6,\nseg-00000.m4s\n#EXT-X-ENDLIST\n"],
  ["a segment without EXTINF", "#EXTM3U\n#EXT-X-TARGETDURATION:6\nseg-00000.m4s\n#EXT-X-ENDLIST\n"],
  ["a variant without BANDWIDTH", '#EXTM3U\n#EXT-X-STREAM-INF:CODECS="avc1.64001f"\na.m3u8\n'],
  [
    "an alternative without NAME",
    '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a"\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n',
  ],
])("%s is refused", (_what, text) => {
  expect(() => readPlaylist(text)).toThrow("Not a playlist to publish");
});
