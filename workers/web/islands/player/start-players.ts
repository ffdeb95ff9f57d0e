/** Starts every player of the page. */
import { playFilm } from "./play-film.ts";
import { shareHotkeys } from "./share-hotkeys.ts";

for (const stage of document.querySelectorAll<HTMLElement>("[data-player]")) {
  const controller = stage.querySelector<HTMLElement>("media-controller");
  if (controller !== null) shareHotkeys(controller);
  playFilm(stage);
}
