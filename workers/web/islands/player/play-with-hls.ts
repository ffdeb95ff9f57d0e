import Hls, { type ErrorData } from "hls.js";
import { loadAtOnce } from "./eager-seek.ts";
import { followPathway } from "./follow-pathway.ts";
import { grantIn } from "./grant-in.ts";
import { listAudioTracks } from "./list-audio-tracks.ts";
import { listRenditions } from "./list-renditions.ts";
import { hurried, isElsewhere } from "./other-pathways.ts";
import type { Playing, Trouble } from "./play-film.ts";
import { refusalCode } from "./refusal-code.ts";
import { retryQuietly } from "./retry-quietly.ts";
import { keepStereo } from "./stereo-only.ts";

/** Seconds of film to hold ahead: little until someone watches, then enough for bad moments. */
const idleBufferSeconds = 8;
const watchingBufferSeconds = 40;

/** How often a decoder is started again before the film is given up, within the time below (ms). */
const maxRecoveries = 3;
const recoveryWindowMs = 60_000;

/** Refusals of a film whose playlists are not these any more: encrypted, its keys changed, or the rules keep less of it. */
const outdated = ["title_encrypted", "key_retired", "rung_not_allowed", "track_not_allowed"];
const reloadWindowMs = 60_000;

/** Plays with hls.js over Media Source Extensions. */
export function playWithHls(
  video: HTMLVideoElement,
  stage: HTMLElement,
  onTrouble: (trouble: Trouble) => void,
): Playing {
  if (!Hls.isSupported()) {
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
  // The grant is a part of every path; a renewed one takes the place of the old in the URLs that hls.js knows already.
  let grant: string | null = null;
  let loaded = false;
  let decoderStuck = false;
  let source = "";
  let reloads = 0;
  let reloadedAt = Number.NEGATIVE_INFINITY;
  const hls = new Hls({
    xhrSetup: (xhr, url) => xhr.open("GET", grant === null ? url : url.replace(grantIn, grant), true),
    maxBufferLength: idleBufferSeconds,
    maxMaxBufferLength: idleBufferSeconds,
    capLevelToPlayerSize: true,
    fragLoadPolicy: hurried(Hls.DefaultConfig.fragLoadPolicy),
    playlistLoadPolicy: hurried(Hls.DefaultConfig.playlistLoadPolicy),
    keyLoadPolicy: hurried(Hls.DefaultConfig.keyLoadPolicy),
  });
  const recoveries: number[] = [];
  const retry = retryQuietly(video, () => hls.startLoad(video.currentTime));
  keepStereo(hls);
  listRenditions(video, hls);
  listAudioTracks(video, hls);
  hls.once(Hls.Events.MEDIA_ATTACHED, () => {
    stage.toggleAttribute("data-attached", true);
    stage.dispatchEvent(new Event("attached"));
  });
  loadAtOnce(video, hls);
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
  hls.on(Hls.Events.MANIFEST_PARSED, (_, data) => {
    loaded = true;
    stage.toggleAttribute("data-silent", !data.audio && data.audioTracks.length === 0);
  });
  hls.on(Hls.Events.ERROR, (_, data) => {
    const status = data.response?.code ?? 0;
    // 401 and 403: this grant is used up. 404 and 451: a takedown or a country, which a new grant will explain.
    if (data.type === Hls.ErrorTypes.NETWORK_ERROR && [401, 403, 404, 410, 451].includes(status)) {
      const { networkDetails } = data;
      const asked = networkDetails instanceof XMLHttpRequest ? networkDetails.responseURL : "";
      // What another pathway says counts only when there is no way left: hls.js goes on to the next one.
      if (isElsewhere(asked) && !data.fatal) return;
      if (outdated.includes(refusalCode(networkDetails) ?? "") && mayReload()) {
        reload();
        return;
      }
      // A late answer to the grant before this one says nothing about this one.
      if (grant !== null && asked !== "" && !asked.includes(grant)) {
        hls.startLoad(video.currentTime);
        return;
      }
      hls.stopLoad();
      onTrouble({ kind: "refused" });
      return;
    }
    if (!data.fatal) return;
    if (data.type === Hls.ErrorTypes.NETWORK_ERROR && loaded && retry()) return;
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && mayRecover()) hls.recoverMediaError();
    else {
      decoderStuck = data.type === Hls.ErrorTypes.MEDIA_ERROR;
      onTrouble(wordsFor(data));
    }
  });

  function mayReload(): boolean {
    const isLongAgo = performance.now() - reloadedAt > reloadWindowMs;
    if (isLongAgo) reloadedAt = performance.now();
    return isLongAgo;
  }

  /** Loads all playlists again, and goes on where the film is. */
  function reload(): void {
    const wasPlaying = !video.paused;
    // A film that runs is a little further than it says.
    video.pause();
    hls.config.startPosition = video.currentTime;
    hls.once(Hls.Events.MANIFEST_PARSED, () => {
      if (wasPlaying) void video.play().catch(() => undefined);
    });
    const url = grant === null ? source : source.replace(grantIn, grant);
    // Another address than before, because the browser may still hold the playlist that is no longer right.
    reloads++;
    hls.loadSource(`${url}${url.includes("?") ? "&" : "?"}again=${reloads}`);
  }

  function mayRecover(): boolean {
    const now = performance.now();
    while (recoveries.length > 0 && now - (recoveries[0] ?? 0) > recoveryWindowMs) recoveries.shift();
    recoveries.push(now);
    return recoveries.length <= maxRecoveries;
  }

  return {
    load(url) {
      source = url;
      hls.loadSource(url);
    },
    swap(url) {
      grant = grantIn.exec(url)?.[0] ?? grant;
      return loaded;
    },
    renew(url, at, isOther) {
      grant = grantIn.exec(url)?.[0] ?? null;
      // What is buffered stays, so that the picture does not even stop; only a film that never began is loaded anew.
      if (loaded && decoderStuck) hls.recoverMediaError();
      decoderStuck = false;
      if (loaded && !isOther) hls.startLoad(at);
      else {
        source = url;
        hls.config.startPosition = at;
        hls.loadSource(url);
      }
    },
  };
}

function wordsFor(data: ErrorData): Trouble {
  if (data.type === Hls.ErrorTypes.NETWORK_ERROR) {
    return {
      kind: "failed",
      code: data.details,
      words: "The film could not be loaded. Check your connection, then try again.",
    };
  }
  return { kind: "failed", code: data.details, words: "The film could not be played further. Try again." };
}
