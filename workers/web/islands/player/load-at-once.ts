import type Hls from "hls.js";

/**
 * Makes a seek to where nothing is buffered a request at once. hls.js would ask a moment later, after the controls have drawn
 * themselves anew. Must be called before the controls are there, so that this hears of the seek first.
 */
export function loadAtOnce(video: HTMLVideoElement, hls: Hls): void {
  video.addEventListener("seeking", () => {
    const { currentTime, buffered } = video;
    for (let index = 0; index < buffered.length; index++) {
      if (buffered.start(index) <= currentTime && currentTime < buffered.end(index)) return;
    }
    // Not before the film has begun: hls.js itself seeks to where it starts.
    if (hls.loadingEnabled && buffered.length > 0) hls.startLoad(currentTime, true);
  });
}
