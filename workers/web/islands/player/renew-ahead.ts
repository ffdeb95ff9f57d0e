/** Renews a grant before it ends, while the film plays: nothing is ever refused, so nothing ever stalls. */
import { grantLifetimeMs } from "./grant-lifetime.ts";

/** When to renew, as a part of the grant's lifetime: the rest is for a bad connection to come back. */
const renewAtFraction = 0.75;

/**
 * Calls `renew` whenever the newest grant has spent most of its time and the film plays; a film that is paused is left
 * alone until it goes on. @returns what to call with each playback URL that is taken up.
 */
export function renewAhead(video: HTMLVideoElement, renew: () => Promise<void>): (url: string) => void {
  let timer: number | undefined;
  let isDue = false;
  const renewIfPlaying = () => {
    if (!isDue || video.paused) return;
    isDue = false;
    void renew();
  };
  video.addEventListener("play", renewIfPlaying);
  return (url) => {
    clearTimeout(timer);
    isDue = false;
    const lifetimeMs = grantLifetimeMs(url);
    if (lifetimeMs === null) return;
    timer = setTimeout(() => {
      isDue = true;
      renewIfPlaying();
    }, lifetimeMs * renewAtFraction);
  };
}
