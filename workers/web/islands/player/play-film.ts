/** Loads a film into the page's player and keeps it playing: expired grants are renewed, trouble is shown in words. */
import { errorOverlay } from "./error-overlay.ts";
import { playNatively } from "./play-natively.ts";
import { playWithHls } from "./play-with-hls.ts";
import type { Playing, Trouble } from "./playing.ts";
import { Refused, renewAhead, renewPlayback, Unavailable } from "./renew-playback.ts";
import { showStoryboard } from "./show-storyboard.ts";
import { grantIn, grantLifetimeMs } from "./token-url.ts";
import { tryAgain } from "./try-again.ts";
import { watchRules } from "./watch-rules.ts";

/** Starts with the playback URL that the page came with. */
export function playFilm(stage: HTMLElement): void {
  const video = stage.querySelector("video");
  const { slug, playbackUrl, storyboardUrl, changesIn } = stage.dataset;
  if (video === null || slug === undefined || playbackUrl === undefined) return;

  const trouble = errorOverlay(stage, () => void renew());
  // Safari plays HLS itself, with AirPlay and less power; others that claim to (old Androids) do it badly.
  const native =
    "ManagedMediaSource" in globalThis && video.canPlayType("application/vnd.apple.mpegurl") !== "";
  const playing: Playing = native ? playNatively(video, handle) : playWithHls(video, stage, handle);
  let running = playbackUrl;
  let renewing = false;
  let renewedAt = Number.NEGATIVE_INFINITY;
  /** True once loading has stopped at a refusal. */
  let isStopped = false;
  /** True while the rules have changed and nobody could be asked whether they still let this viewer watch. */
  let isNoDue = false;
  const renewAgain = tryAgain(() => void renew());
  const swapAgain = tryAgain(() => void swap(isNoDue));

  function handle(problem: Trouble): void {
    if (problem.kind === "refused") {
      isStopped = true;
      // The answer that is on its way takes care of it.
      if (renewing) return;
    }
    // A fresh grant that is refused too is not an expired one: ask once, then show the refusal.
    const freshMs = Math.min(30_000, (grantLifetimeMs(running ?? "") ?? Number.POSITIVE_INFINITY) / 2);
    if (problem.kind === "refused" && performance.now() - renewedAt > freshMs) void renew();
    else if (problem.kind === "refused") stop("playback_refused", "This film may not be played any more.");
    else if (problem.kind === "unloadable") wait(problem.code, problem.words, null);
    else trouble.show(problem.code, problem.words);
  }

  /** Says why the film stands still, and goes on with it by itself when it can be had again. */
  function wait(code: string, words: string, askedMs: number | null): void {
    trouble.show(code, words);
    renewAgain.failed(askedMs);
  }

  /** Stops the film at once: the buffered part may not be shown either. */
  function stop(code: string, words: string): void {
    video?.pause();
    renewAgain.worked();
    trouble.show(code, words);
  }

  async function renew(): Promise<void> {
    if (renewing || video === null || slug === undefined) return;
    renewing = true;
    const at = video.currentTime;
    const wasPlaying = !video.paused;
    try {
      const { url, isOther, changesIn: stableFor } = await renewPlayback(slug, running);
      renewedAt = performance.now();
      renewAgain.worked();
      trouble.hide();
      isStopped = false;
      playing.renew(url, at, isOther);
      adopt(url, stableFor);
      if (wasPlaying) await video.play().catch(() => undefined);
    } catch (error) {
      const askedMs = error instanceof Unavailable ? error.askedMs : null;
      if (error instanceof Refused) stop(error.code, error.message);
      else
        wait("unreachable", "The film can’t be reached just now. It goes on by itself when it can.", askedMs);
    } finally {
      renewing = false;
    }
  }

  /**
   * Trouble is left for when a segment is really refused: until then the film plays on what it has. Only where the rules
   * have changed (`isNoNow`), a no counts at once.
   */
  async function swap(isNoNow: boolean): Promise<void> {
    if (renewing || slug === undefined) return;
    renewing = true;
    try {
      const { url, isOther, changesIn: stableFor } = await renewPlayback(slug, running);
      // Another form of the film has other files; the old grant opens the ones that are playing until its end.
      swapAgain.worked();
      isNoDue = false;
      if (!isOther && !isStopped && playing.swap(url)) adopt(url, stableFor);
      else planCheck(stableFor);
    } catch (error) {
      isNoDue ||= isNoNow;
      if (error instanceof Unavailable) swapAgain.failed(error.askedMs);
      else if (error instanceof Refused && isNoNow) stop(error.code, error.message);
    } finally {
      renewing = false;
    }
    if (isStopped) void renew();
  }

  function adopt(url: string, stableFor: number | null): void {
    running = url;
    planCheck(stableFor);
    planRenewal(url);
    showThumbnails(url);
  }

  /** The thumbnails of the seek bar, under the grant of this URL. */
  function showThumbnails(url: string): void {
    const grant = grantIn.exec(url)?.[0];
    if (video === null || storyboardUrl === undefined || grant === undefined) return;
    showStoryboard(video, storyboardUrl.replace(grantIn, grant));
  }

  const planRenewal = renewAhead(video, () => swap(false));
  const planCheck = watchRules(() => swap(true));
  playing.load(playbackUrl);
  // After the playlist: hls.js empties all text tracks that it finds when it starts to load one.
  adopt(playbackUrl, changesIn === undefined ? null : Number(changesIn));
}
