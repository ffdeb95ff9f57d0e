import type { Size } from "./display-size.ts";

/** The long side of each poster, pixels, largest first, and the file it goes to. */
const posters = [
  { file: "poster-1280.jpg", long: 1280 },
  { file: "poster-640.jpg", long: 640 },
];

/** The posters of a film of this size: its own aspect, never enlarged, even pixels. */
export function planPosters(size: Size): { file: string; width: number; height: number }[] {
  return posters.map(({ file, long }) => {
    const scale = Math.min(1, long / Math.max(size.width, size.height));
    const even = (pixels: number): number => Math.max(2, Math.round((pixels * scale) / 2) * 2);
    return { file, width: even(size.width), height: even(size.height) };
  });
}
