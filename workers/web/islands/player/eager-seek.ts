import type Hls from "hls.js";
import { aheadSeconds } from "./ahead-seconds.ts";

/**
 * Makes a seek to where nothing is buffered a request at once. hls.js would ask a moment later, after the controls have drawn
 * themselves anew. Must be called before the controls are there, so that this hears of the seek first.
 */
export function eagerSeek(video: HTMLVideoElement, hls: Hls): void {
  video.addEventListener("seeking", () => {
    if (aheadSeconds(video) > 0) return;
    // Not before the film has begun: hls.js itself seeks to where it starts.
    if (hls.loadingEnabled && video.buffered.length > 0) hls.startLoad(video.currentTime, true);
  });
}
