/** Names the thumbnails of a storyboard: in WebVTT for players on the web, in an image playlist for those that read HLS. */
import type { Ledger } from "../storage/ledger.ts";
import { playlistHead, targetDuration } from "./write-media-playlist.ts";

type Tiles = NonNullable<Ledger["tiles"]>;

/**
 * WebVTT whose cues are media fragments (`#xywh=`, W3C Media Fragments §4.2.2) of the sheets: one for each thumbnail, until
 * the next one. URIs are relative.
 */
export function writeStoryboard({ segments, timescale }: Ledger, tiles: Tiles): string {
  const cues = segments.flatMap(({ file, start, duration, frames }) =>
    Array.from({ length: frames }, (_, n) => {
      const from = start + n * tiles.intervalTicks;
      const until = Math.min(start + duration, from + tiles.intervalTicks);
      const x = (n % tiles.columns) * tiles.width;
      const y = Math.floor(n / tiles.columns) * tiles.height;
      const place = `${x},${y},${tiles.width},${tiles.height}`;
      return `${timeOf(from / timescale)} --> ${timeOf(until / timescale)}\n${file}#xywh=${place}\n`;
    }),
  );
  return ["WEBVTT\n", ...cues].join("\n");
}

/** An image media playlist (Roku's extension of HLS): each segment is a sheet, EXT-X-TILES describes its tiles. */
export function writeImagePlaylist({ segments, timescale }: Ledger, tiles: Tiles): string {
  const seconds = segments.map(({ duration }) => duration / timescale);
  const tiling = [
    `RESOLUTION=${tiles.width}x${tiles.height}`,
    `LAYOUT=${tiles.columns}x${tiles.rows}`,
    `DURATION=${(tiles.intervalTicks / timescale).toFixed(6)}`,
  ];
  return [
    ...playlistHead(targetDuration(seconds), ["#EXT-X-IMAGES-ONLY"]),
    ...segments.flatMap(({ file }, n) => [
      `#EXTINF:${(seconds[n] ?? 0).toFixed(6)},`,
      `#EXT-X-TILES:${tiling.join(",")}`,
      file,
    ]),
    "#EXT-X-ENDLIST",
    "",
  ].join("\n");
}

/** `hh:mm:ss.ttt`. */
function timeOf(seconds: number): string {
  const ms = Math.round(seconds * 1000);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const whole = Math.floor(ms / 1000);
  const thousandths = String(ms % 1000).padStart(3, "0");
  return `${two(whole / 3600)}:${two((whole / 60) % 60)}:${two(whole % 60)}.${thousandths}`;
}
