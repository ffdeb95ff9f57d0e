/** A network that fails for a moment is nothing to tell a viewer, as long as there is film to show meanwhile. */

/** How often it is tried before it is said after all, ms between tries. */
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

/** Film that is loaded from where the viewer is. */
function aheadSeconds({ buffered, currentTime }: HTMLVideoElement): number {
  for (let n = 0; n < buffered.length; n++) {
    if (buffered.start(n) <= currentTime && currentTime <= buffered.end(n))
      return buffered.end(n) - currentTime;
  }
  return 0;
}
