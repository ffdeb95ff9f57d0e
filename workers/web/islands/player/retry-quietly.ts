/** Hides a short failure of the network from the viewer, as long as there is film to show meanwhile. */
import { aheadSeconds } from "./ahead-seconds.ts";

/** Milliseconds before the next try. */
const retryMs = 1500;

/** Less film than this, seconds, is about to stop the picture. */
const leastAheadSeconds = 0.5;

/**
 * @param load goes on loading where it stopped.
 * @returns a function to call when loading has failed for good; true: it is tried again, so say nothing yet
 */
export function retryQuietly(video: HTMLVideoElement, load: () => void): () => boolean {
  let timer: number | undefined;
  return () => {
    clearTimeout(timer);
    if (aheadSeconds(video) < leastAheadSeconds) return false;
    timer = setTimeout(load, retryMs);
    return true;
  };
}
