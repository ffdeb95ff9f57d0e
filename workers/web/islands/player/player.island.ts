/**
 * Plays the film of a watch page: hls.js, or the browser's own HLS in Safari. The controls come after it (controls.island.ts):
 * media-chrome looks at the video when its elements are defined, and must find its renditions then.
 */
import "./start-players.ts";
