/** Errors of hls.js: those that pass, those that it can recover from, and those that stop the film. */
import Hls, { type ErrorData } from "hls.js";
import { isElsewhere } from "./other-pathways.ts";
import type { Trouble } from "./playing.ts";
import { retryQuietly } from "./retry-quietly.ts";
import { grantIn } from "./token-url.ts";

/** The state of a film in hls.js. */
export interface HlsFilm {
  /** Its multivariant playlist, as it was loaded last; empty before. */
  source: string;
  /** Takes the place of the grant in every URL that hls.js knows; null until the first renewal. */
  grant: string | null;
  isLoaded: boolean;
  /** The decoder has failed too often to be started again by itself. */
  isDecoderStuck: boolean;
}

/** Limit of decoder restarts within the window; after that the film is given up. */
const maxRecoveries = 3;
const recoveryWindowMs = 60_000;

/** Refusals that a new playlist ends: the film is encrypted now, its keys changed, or the rules keep less of it. */
const outdated = ["title_encrypted", "key_retired", "rung_not_allowed", "track_not_allowed"];
const reloadWindowMs = 60_000;

/** Statuses of a refusal. 401 and 403: this grant is used up. 404, 410 and 451: a new grant will explain why. */
const refusalStatuses = [401, 403, 404, 410, 451];

/** Handles every error of hls.js; calls `onTrouble` with those that stop the film. */
export function handleErrors(
  hls: Hls,
  video: HTMLVideoElement,
  film: HlsFilm,
  onTrouble: (trouble: Trouble) => void,
): void {
  const retry = retryQuietly(video, () => hls.startLoad(video.currentTime));
  const mayRecover = limitRecoveries();
  const mayReload = limitReloads();
  let reloads = 0;

  hls.on(Hls.Events.ERROR, (_, data) => {
    const isNetwork = data.type === Hls.ErrorTypes.NETWORK_ERROR;
    if (isNetwork && refusalStatuses.includes(data.response?.code ?? 0)) {
      handleRefusal(data);
      return;
    }
    if (!data.fatal) return;
    if (isNetwork && film.isLoaded && retry()) return;
    const isMedia = data.type === Hls.ErrorTypes.MEDIA_ERROR;
    if (isMedia && mayRecover()) {
      hls.recoverMediaError();
      return;
    }
    film.isDecoderStuck = isMedia;
    onTrouble(troubleOf(data));
  });

  function handleRefusal({ fatal, networkDetails }: ErrorData): void {
    const asked = networkDetails instanceof XMLHttpRequest ? networkDetails.responseURL : "";
    // A refusal by another pathway counts only when no way is left: hls.js goes on to the next one.
    if (isElsewhere(asked) && !fatal) return;
    if (outdated.includes(refusalCode(networkDetails) ?? "") && mayReload()) {
      reload();
      return;
    }
    // A late answer to the grant before this one says nothing about this one.
    if (film.grant !== null && asked !== "" && !asked.includes(film.grant)) {
      hls.startLoad(video.currentTime);
      return;
    }
    hls.stopLoad();
    onTrouble({ kind: "refused" });
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
    const url = film.grant === null ? film.source : film.source.replace(grantIn, film.grant);
    // Another address than before, because the browser may still hold the playlist that is no longer right.
    reloads++;
    hls.loadSource(`${url}${url.includes("?") ? "&" : "?"}again=${reloads}`);
  }
}

function limitReloads(): () => boolean {
  let reloadedAt = Number.NEGATIVE_INFINITY;
  return () => {
    const isLongAgo = performance.now() - reloadedAt > reloadWindowMs;
    if (isLongAgo) reloadedAt = performance.now();
    return isLongAgo;
  };
}

function limitRecoveries(): () => boolean {
  const recoveries: number[] = [];
  return () => {
    const now = performance.now();
    while (recoveries.length > 0 && now - (recoveries[0] ?? 0) > recoveryWindowMs) recoveries.shift();
    recoveries.push(now);
    return recoveries.length <= maxRecoveries;
  };
}

/** Reads the code in a refused request's problem document; null when it has none. */
function refusalCode(details: unknown): string | null {
  if (!(details instanceof XMLHttpRequest)) return null;
  const body: unknown = details.response;
  try {
    const text = body instanceof ArrayBuffer ? new TextDecoder().decode(body) : body;
    const problem: unknown = typeof text === "string" ? JSON.parse(text) : text;
    const code: unknown =
      typeof problem === "object" && problem !== null ? Reflect.get(problem, "code") : null;
    return typeof code === "string" ? code : null;
  } catch {
    return null;
  }
}

function troubleOf(data: ErrorData): Trouble {
  if (data.type === Hls.ErrorTypes.NETWORK_ERROR) {
    return {
      kind: "unloadable",
      code: data.details,
      words: "The film can’t be loaded just now. It goes on by itself when it can; check your connection.",
    };
  }
  return { kind: "failed", code: data.details, words: "The film could not be played further. Try again." };
}
