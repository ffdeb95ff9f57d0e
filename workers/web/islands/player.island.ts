/** Plays the film of a watch page: media-chrome's controls over hls.js, or over the browser's own HLS in Safari. */
// The order matters: media-chrome looks at the video when its elements are defined, and must find its renditions then.
import "./player/start-players.ts";
import "media-chrome";
import "media-chrome/menu";
