import fc from "fast-check";
import { expect, test } from "vitest";
import { readAttributeList } from "./attribute-list.ts";
import { readAnyPlaylist } from "./read-any-playlist.ts";

const multivariant = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English, stereo",LANGUAGE="en",CHANNELS="2",URI="a/playlist.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English, stereo",URI="b/playlist.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1000,AVERAGE-BANDWIDTH=900,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=640x360,AUDIO="a"
v/playlist.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=100,URI="v/iframes.m3u8"
`;

test("a multivariant playlist: all renditions, attributes as they are, null where there is none", () => {
  const playlist = readAnyPlaylist(multivariant);
  if (playlist.kind !== "multivariant") throw new Error("not a multivariant playlist");
  expect(playlist.complaints).toEqual([]);
  expect(playlist.media.map((it) => [it.get("NAME"), it.get("CHANNELS")])).toEqual([
    ["English, stereo", "2"],
    ["English, stereo", undefined],
  ]);
  expect(playlist.variants).toMatchObject([
    { bandwidth: 1000, averageBandwidth: 900, codecs: ["avc1.64001f", "mp4a.40.2"], frameRate: null },
  ]);
  expect(playlist.iframeVariants).toMatchObject([{ bandwidth: 100, uri: "v/iframes.m3u8" }]);
});

test("what m3u8-parser throws on is a complaint, and the rest is read", () => {
  const odd = '#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x\n#EXT-X-STREAM-INF:PROGRAM-ID=1\nw/playlist.m3u8\n';
  const playlist = readAnyPlaylist(multivariant + odd);
  expect(playlist.complaints).toEqual([expect.stringMatching(/^line 9 makes no sense: #EXT-X-KEY/)]);
  if (playlist.kind !== "multivariant") throw new Error("not a multivariant playlist");
  expect(playlist.variants.map(({ uri, bandwidth }) => [uri, bandwidth])).toEqual([
    ["v/playlist.m3u8", 1000],
    ["w/playlist.m3u8", null],
  ]);
});

test("an attribute list: quoted commas, no value, rubbish", () => {
  expect([...readAttributeList('A="x,y",B=1,,C=,d,E="')]).toEqual([
    ["A", "x,y"],
    ["B", "1"],
    ["C", ""],
    ["E", ""],
  ]);
});

const tags = fc.constantFrom(
  ...[
    "#EXTM3U",
    "#EXTINF:",
    "#EXT-X-STREAM-INF:",
    "#EXT-X-MEDIA:",
    "#EXT-X-MAP:",
    "#EXT-X-BYTERANGE:",
    "#EXT-X-KEY:",
  ],
  ...[
    "#EXT-X-TARGETDURATION:",
    "#EXT-X-I-FRAME-STREAM-INF:",
    "#EXT-X-DATERANGE:",
    "#EXT-X-DEFINE:",
    "#EXT-X-PART:",
  ],
  ...[
    "#EXT-X-DISCONTINUITY",
    "#EXT-X-SKIP:",
    "#EXT-X-START:",
    "#EXT-X-SERVER-CONTROL:",
    "#EXT-X-PROGRAM-DATE-TIME:",
    "",
  ],
);
const line = fc.tuple(
  tags,
  fc.oneof(fc.string(), fc.constantFrom("6.0,", 'URI="x"', "10@0", "TYPE=NONE,NAME=x,GROUP-ID=y")),
);

test("no text makes it throw", () => {
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const playlist = readAnyPlaylist(lines.map((parts) => parts.join("")).join("\n"));
      expect(["media", "multivariant"]).toContain(playlist.kind);
    }),
  );
});
