import Hls from "hls.js";
import { eagerSeek } from "./eager-seek.ts";
import { followPathway } from "./follow-pathway.ts";
import { type HlsFilm, handleErrors } from "./hls-errors.ts";
import { listAudioTracks } from "./list-audio-tracks.ts";
import { listRenditions } from "./list-renditions.ts";
import { hurried } from "./other-pathways.ts";
import type { Playing, Trouble } from "./playing.ts";
import { stereoOnly } from "./stereo-only.ts";
import { grantIn } from "./token-url.ts";

/** Seconds of film to hold ahead: little until someone watches, then enough for bad moments. */
const idleBufferSeconds = 8;
const watchingBufferSeconds = 40;

/** Plays with hls.js over Media Source Extensions. */
export function playWithHls(
  video: HTMLVideoElement,
  stage: HTMLElement,
  onTrouble: (trouble: Trouble) => void,
): Playing {
  if (!Hls.isSupported()) return cannotPlay(onTrouble);
  const film: HlsFilm = { source: "", grant: null, isLoaded: false, isDecoderStuck: false };
  const hls = new Hls({
    // The grant is a part of every path; a renewed one takes the place of the old in the URLs that hls.js knows already.
    xhrSetup: (xhr, url) =>
      xhr.open("GET", film.grant === null ? url : url.replace(grantIn, film.grant), true),
    maxBufferLength: idleBufferSeconds,
    maxMaxBufferLength: idleBufferSeconds,
    capLevelToPlayerSize: true,
    fragLoadPolicy: hurried(Hls.DefaultConfig.fragLoadPolicy),
    playlistLoadPolicy: hurried(Hls.DefaultConfig.playlistLoadPolicy),
    keyLoadPolicy: hurried(Hls.DefaultConfig.keyLoadPolicy),
  });
  attach(hls, video, stage);
  hls.on(Hls.Events.MANIFEST_PARSED, (_, data) => {
    film.isLoaded = true;
    stage.toggleAttribute("data-silent", !data.audio && data.audioTracks.length === 0);
  });
  handleErrors(hls, video, film, onTrouble);

  function load(url: string): void {
    film.source = url;
    hls.loadSource(url);
  }
  return {
    load,
    swap(url) {
      film.grant = grantIn.exec(url)?.[0] ?? film.grant;
      return film.isLoaded;
    },
    renew(url, at, isOther) {
      film.grant = grantIn.exec(url)?.[0] ?? null;
      // The buffer stays, so that the picture does not even stop; only a film that never began is loaded anew.
      if (film.isLoaded && film.isDecoderStuck) hls.recoverMediaError();
      film.isDecoderStuck = false;
      if (film.isLoaded && !isOther) {
        hls.startLoad(at);
        return;
      }
      hls.config.startPosition = at;
      load(url);
    },
  };
}

/** Adds what the controls need, then joins hls.js to the video. The order counts: each says before what it must come. */
function attach(hls: Hls, video: HTMLVideoElement, stage: HTMLElement): void {
  stereoOnly(hls);
  listRenditions(video, hls);
  listAudioTracks(video, hls);
  hls.once(Hls.Events.MEDIA_ATTACHED, () => {
    stage.toggleAttribute("data-attached", true);
    stage.dispatchEvent(new Event("attached"));
  });
  eagerSeek(video, hls);
  followPathway(hls, () => (video.currentTime > 0 ? video.currentTime : hls.config.startPosition));
  hls.attachMedia(video);
  video.addEventListener(
    "play",
    () => {
      hls.config.maxBufferLength = watchingBufferSeconds;
      hls.config.maxMaxBufferLength = watchingBufferSeconds;
    },
    { once: true },
  );
}

function cannotPlay(onTrouble: (trouble: Trouble) => void): Playing {
  return {
    renew: () => undefined,
    swap: () => false,
    load: () =>
      onTrouble({
        kind: "failed",
        code: "browser_too_old",
        words: "This browser can’t play films. Update it, or use another one.",
      }),
  };
}
