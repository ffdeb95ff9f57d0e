import type { Playing, Trouble } from "./playing.ts";

/** Plays with the browser's own HLS. It tells no status codes: a failed load is first taken for an expired grant. */
export function playNatively(video: HTMLVideoElement, onTrouble: (trouble: Trouble) => void): Playing {
  video.addEventListener("error", () => {
    const decoding = video.error?.code === MediaError.MEDIA_ERR_DECODE;
    onTrouble(
      decoding
        ? {
            kind: "failed",
            code: "decode_failed",
            words: "This browser could not decode the film. Try again.",
          }
        : { kind: "refused" },
    );
  });
  return {
    // It keeps to the URLs that it has read.
    swap: () => false,
    load(url) {
      video.src = url;
    },
    renew(url, at) {
      video.src = url;
      video.addEventListener(
        "loadedmetadata",
        () => {
          video.currentTime = at;
        },
        { once: true },
      );
    },
  };
}
