/** A network that fails for a moment is nothing to tell a viewer, as long as there is film to show meanwhile. */
import { aheadSeconds } from "./ahead-seconds.ts";

/** Milliseconds before the next try. */
const retryMs = 1500;

/** Less film than this, seconds, is about to stop the picture. */
const leastAheadSeconds = 0.5;

/**
 * @param load goes on loading where it stopped.
 * @returns what to call when loading has failed for good: whether it is tried again, so that nothing need be said yet.
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
