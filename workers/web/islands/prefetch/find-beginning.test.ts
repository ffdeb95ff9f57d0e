/** The watch page asks ahead of its player for the files that the playlists begin with. */
import { expect, test } from "vitest";
import type { AudioRendition, VideoRendition } from "../../../playback/hls/published-renditions.ts";
import { writeMultivariant } from "../../../playback/hls/write-multivariant.ts";
import { firstFiles, firstPlaylists } from "./find-beginning.ts";

const screen = { width: 1920, height: 1080 };

function video(height: number, kbps: number): VideoRendition {
  return {
    ...{ key: `v${height}p-1`, codecs: "avc1.640028", height, width: (height * 16) / 9, frameRate: 25 },
    ...{ bandwidth: kbps * 1000, averageBandwidth: kbps * 900, iframeBandwidth: kbps * 100 },
  };
}

function audio(key: string, channels: number, isDefault: boolean): AudioRendition {
  const rates = { bandwidth: 130_000 * (channels / 2), averageBandwidth: null };
  return { key, label: key, codecs: "mp4a.40.2", channels, language: key.slice(0, 2), isDefault, ...rates };
}

const ladder = [video(1080, 5000), video(720, 2200), video(360, 700)];

test("the first variant and the default of its own sound, stereo though there is more", () => {
  const tracks = [audio("en-2", 2, false), audio("de-2", 2, true), audio("de-6", 6, true)];
  const text = writeMultivariant(ladder, tracks);
  expect(firstPlaylists(text, screen)).toEqual(["v720p-1/playlist.m3u8", "de-2/playlist.m3u8"]);
  expect(firstPlaylists(text.replaceAll("\n", "\r\n"), screen)).toEqual(firstPlaylists(text, screen));
});

test("on a small screen the rung that is enough for it; on none at all, the smallest", () => {
  const text = writeMultivariant(ladder, [audio("en-2", 2, true)]);
  expect(firstPlaylists(text, { width: 480, height: 270 })[0]).toBe("v360p-1/playlist.m3u8");
  expect(firstPlaylists(text, { width: 0, height: 0 })[0]).toBe("v360p-1/playlist.m3u8");
});

test("a silent film has one playlist, and what is no playlist has none", () => {
  expect(firstPlaylists(writeMultivariant(ladder, []), screen)).toEqual(["v720p-1/playlist.m3u8"]);
  for (const text of ["", "{}", "#EXTM3U", '{"code":"token_expired"}']) {
    expect([firstPlaylists(text, screen), firstFiles("")]).toEqual([[], []]);
  }
});

test("the init segment and the first segment; keys and what comes later are the player's own business", () => {
  const playlist =
    '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="../key/1"\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:6,\nseg-00000.m4s\n#EXTINF:6,\nseg-00001.m4s\n';
  expect(firstFiles(playlist)).toEqual(["init.mp4", "seg-00000.m4s"]);
  expect(firstFiles("#EXTM3U\n#EXTINF:6,\nseg-00000.vtt\n")).toEqual(["seg-00000.vtt"]);
});
