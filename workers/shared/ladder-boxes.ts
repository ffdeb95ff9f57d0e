/** The sizes that video is encoded in, and what follows from the largest of them. */

/**
 * The ladder's boxes, largest first: a film is scaled to fit into each, whatever its shape (1920 × 800 is 1080p, and so is
 * 1080 × 1920). Rates are for 30 frames a second, after Apple's ladder, as caps: CRF decides below them.
 */
export const ladderBoxes = [
  { label: "1080p", long: 1920, short: 1080, maxrateKbps: 6000 },
  { label: "720p", long: 1280, short: 720, maxrateKbps: 3000 },
  { label: "480p", long: 854, short: 480, maxrateKbps: 1400 },
  { label: "360p", long: 640, short: 360, maxrateKbps: 800 },
  { label: "240p", long: 426, short: 240, maxrateKbps: 400 },
] as const;

/** The cap of the largest box, kbit/s. Films of many frames a second or of much detail may have 2.4 times that. */
export const topKbps = Math.max(...ladderBoxes.map(({ maxrateKbps }) => maxrateKbps));

/** A segment's length (Apple's HLS authoring specification, 7.5): nominal, in whole frames of a film's grid. Seconds. */
export const segmentSeconds = 6;
