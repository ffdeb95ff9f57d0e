/**
 * Plays the film of a watch page: hls.js, or the browser's own HLS in Safari. The controls come after it (controls.island.ts):
 * media-chrome looks at the video when its elements are defined, and must find its renditions then.
 */
import { playFilm } from "./play-film.ts";
import { shareHotkeys } from "./share-hotkeys.ts";

for (const stage of document.querySelectorAll<HTMLElement>("[data-player]")) {
  const controller = stage.querySelector<HTMLElement>("media-controller");
  if (controller !== null) shareHotkeys(controller);
  playFilm(stage);
}
