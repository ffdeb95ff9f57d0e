/** Offers hls.js' levels as `video.videoRenditions`, the list that media-chrome's quality menu reads and sets. */
import Hls from "hls.js";

interface Rendition {
  id: string;
  width: number;
  height: number;
  bitrate: number;
}

/** The list's shape in the "media tracks" proposal: indexed, iterable, with `selectedIndex` (-1: automatic). */
class RenditionList extends EventTarget {
  [index: number]: Rendition;
  length = 0;
  readonly #select: (index: number) => void;
  #selected = -1;

  constructor(select: (index: number) => void) {
    super();
    this.#select = select;
  }

  get selectedIndex(): number {
    return this.#selected;
  }

  set selectedIndex(index: number) {
    this.#selected = index;
    this.#select(index);
    this.dispatchEvent(new Event("change"));
  }

  replace(renditions: Rendition[]): void {
    for (let index = 0; index < this.length; index++) delete this[index];
    renditions.forEach((rendition, index) => {
      this[index] = rendition;
    });
    this.length = renditions.length;
    this.dispatchEvent(new Event("addrendition"));
  }

  *[Symbol.iterator](): Iterator<Rendition> {
    for (let index = 0; index < this.length; index++) {
      const rendition = this[index];
      if (rendition !== undefined) yield rendition;
    }
  }
}

/** Must be called before media-chrome reads the video, that is: at once. The choice outlives a renewed playlist. */
export function listRenditions(video: HTMLVideoElement, hls: Hls): void {
  const list = new RenditionList((index) => {
    hls.nextLevel = index;
  });
  Object.defineProperty(video, "videoRenditions", { value: list });
  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    const chosen = list[list.selectedIndex];
    list.replace(
      hls.levels.map((level, index) => ({
        id: String(index),
        width: level.width,
        height: level.height,
        bitrate: level.bitrate,
      })),
    );
    if (chosen === undefined) return;
    list.selectedIndex = [...list].findIndex(
      (one) => one.width === chosen.width && one.height === chosen.height,
    );
  });
}
