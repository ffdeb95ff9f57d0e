/** Keeps to the playlist's first sound, which is stereo: a browser that climbs to a better picture must not change to 5.1 for it. */
import Hls from "hls.js";

/** Must be called before anything else looks at the levels. */
export function stereoOnly(hls: Hls): void {
  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    const first = hls.levels[hls.firstLevel];
    const group = first?.audioGroups?.[0];
    for (let index = hls.levels.length - 1; index >= 0; index--) {
      if (hls.levels[index]?.audioGroups?.[0] !== group) hls.removeLevel(index);
    }
    if (first !== undefined) hls.firstLevel = hls.levels.indexOf(first);
  });
}
