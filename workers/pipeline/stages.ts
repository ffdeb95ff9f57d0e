/**
 * The stages of an asset's tasks. A task names the highest stage that must be done before it (`needs`); so the ladder is
 * encoded beside the sound.
 */
export const stages = {
  inspect: 0,
  remux: 1,
  /** The copy that remuxing made is inspected again: its timestamps may be others. */
  inspectCopy: 2,
  /** What is there within seconds: the poster, the sound's slices, and the source's own pictures where they are played. */
  cut: 3,
  /** The sound in stereo, and subtitles: with the source's own pictures, the film plays. */
  audio: 4,
  /** The rung that comes first; for a short film the whole ladder. */
  first: 5,
  /** What is published when it is all there: the other rungs, surround sound, the storyboard. */
  rest: 6,
} as const;

/** What goes first when transcoders are scarce, over all assets: lower before higher. */
export const priorities = {
  inspect: 0,
  copy: 4,
  sound: 5,
  audio: 6,
  poster: 7,
  first: 10,
  rest: 30,
} as const;
