/**
 * Asks for what a film begins with while the player itself is still on its way: when hls.js is there and asks, the browser's
 * cache has it. A small script of its own, because the player's is a hundred times as large.
 */
import { fetchWithin } from "../../../shared/fetch-within.ts";
import { firstFiles, firstPlaylists } from "./find-beginning.ts";

/** After this long the player asks for itself, ms. */
const patienceMs = 20_000;

/** Loads a file. A failed one is left to the player, which asks again and reports it. */
async function load(url: URL): Promise<string> {
  const response = await fetchWithin(patienceMs, url);
  const text = /\.m3u8$/.test(url.pathname);
  // Read to its end: only then does the cache have all of it.
  if (!text) await response.arrayBuffer();
  return text && response.ok ? await response.text() : "";
}

async function loadBeginning(stage: HTMLElement): Promise<void> {
  const video = stage.querySelector("video");
  const { playbackUrl } = stage.dataset;
  if (video === null || playbackUrl === undefined) return;
  const base = new URL(playbackUrl, location.href);
  const scale = devicePixelRatio;
  const size = { width: video.clientWidth * scale, height: video.clientHeight * scale };
  const playlists = firstPlaylists(await load(base), size).map((uri) => new URL(uri, base));
  await Promise.all(
    playlists.map(async (playlist) => {
      const files = firstFiles(await load(playlist));
      await Promise.all(files.map((uri) => load(new URL(uri, playlist))));
    }),
  );
}

// Safari's own player has a cache of its own.
if (!("ManagedMediaSource" in globalThis)) {
  for (const stage of document.querySelectorAll<HTMLElement>("[data-player]")) {
    loadBeginning(stage).catch(() => undefined);
  }
}
