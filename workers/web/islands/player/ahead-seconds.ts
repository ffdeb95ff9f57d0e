/** Film that is loaded from where the viewer is, seconds; 0 where nothing is. */
export function aheadSeconds({ buffered, currentTime }: HTMLVideoElement): number {
  for (let n = 0; n < buffered.length; n++) {
    if (buffered.start(n) <= currentTime && currentTime <= buffered.end(n))
      return buffered.end(n) - currentTime;
  }
  return 0;
}
