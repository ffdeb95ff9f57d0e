/**
 * The player's controls. A file of its own, and evaluated only when the film is on its way: setting up media-chrome keeps a
 * small machine busy for longer than the film's first segment takes. It also comes after hls.js has its listeners at the
 * video, so that a seek is first of all a request.
 */
import { orderQualityMenu } from "./quality-menu.ts";

/** Longest that the controls wait for the film, milliseconds. */
const patienceMs = 1000;

const stage = document.querySelector("[data-player]");
if (stage !== null && !stage.hasAttribute("data-attached")) {
  await new Promise((resolve) => {
    stage.addEventListener("attached", resolve, { once: true });
    setTimeout(resolve, patienceMs);
  });
}
try {
  await import("media-chrome");
  await import("media-chrome/menu");
  for (const menu of document.querySelectorAll<HTMLElement>("media-rendition-menu")) orderQualityMenu(menu);
} catch (error) {
  console.warn("The controls could not be loaded; the browser's own stand in.", error);
  for (const video of document.querySelectorAll<HTMLVideoElement>("[data-player] video"))
    video.controls = true;
}
