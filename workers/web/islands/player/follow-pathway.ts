import Hls from "hls.js";

/**
 * Makes a change of the pathway begin to load anew. hls.js drops the piece of film that is on its way just then, because
 * its playlist is another one now, but goes on waiting for it.
 * @param position where loading goes on, seconds.
 */
export function followPathway(hls: Hls, position: () => number): void {
  let pathway: string | undefined;
  hls.on(Hls.Events.MANIFEST_PARSED, (_, { levels }) => {
    pathway = levels[0]?.pathwayId;
  });
  hls.on(Hls.Events.LEVELS_UPDATED, (_, { levels }) => {
    const now = levels[0]?.pathwayId;
    if (now === pathway) return;
    pathway = now;
    // Not before hls.js has chosen the new pathway's playlist, which it does when all have heard of this.
    queueMicrotask(() => {
      if (!hls.loadingEnabled) return;
      hls.stopLoad();
      hls.startLoad(position());
    });
  });
}
