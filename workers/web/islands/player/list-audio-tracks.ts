/** Offers hls.js' languages as `video.audioTracks`, the list that media-chrome's menu reads; only Safari has one of its own. */
import Hls from "hls.js";

interface Track {
  id: string;
  kind: string;
  label: string;
  language: string;
  enabled: boolean;
}

/** The list's shape in HTML: indexed, iterable, with events. */
class TrackList extends EventTarget {
  [index: number]: Track;
  length = 0;

  replace(tracks: Track[]): void {
    for (let index = 0; index < this.length; index++) delete this[index];
    tracks.forEach((track, index) => {
      this[index] = track;
    });
    this.length = tracks.length;
    this.dispatchEvent(new Event("addtrack"));
  }

  *[Symbol.iterator](): Iterator<Track> {
    for (let index = 0; index < this.length; index++) {
      const track = this[index];
      if (track !== undefined) yield track;
    }
  }
}

/** Must be called before media-chrome reads the video, that is: at once. */
export function listAudioTracks(video: HTMLVideoElement, hls: Hls): void {
  const list = new TrackList();
  Object.defineProperty(video, "audioTracks", { value: list });
  hls.on(Hls.Events.AUDIO_TRACKS_UPDATED, (_, data) => {
    list.replace(
      data.audioTracks.map((track, index) => ({
        ...{ id: String(index), kind: track.default ? "main" : "alternative" },
        ...{ label: track.name, language: track.lang ?? "" },
        get enabled() {
          return hls.audioTrack === index;
        },
        set enabled(wanted: boolean) {
          if (wanted && hls.audioTrack !== index) hls.audioTrack = index;
        },
      })),
    );
  });
  hls.on(Hls.Events.AUDIO_TRACK_SWITCHING, () => list.dispatchEvent(new Event("change")));
}
