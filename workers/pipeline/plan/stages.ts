/**
 * The stages of an asset's tasks. A task names the highest stage that must be done before it (`needs`); so the ladder is
 * encoded beside the sound.
 */
export const stages = {
  inspect: 0,
  remux: 1,
  /** The mezzanine that remuxing made is inspected again: its timestamps may be others. */
  inspectMezzanine: 2,
  /** The audio tracks' slices; and the passthrough of the source's own pictures, where that takes seconds. */
  cut: 3,
  /** All that a film needs to play with its source's own pictures: a longer passthrough, stereo, subtitles, the poster. */
  quick: 4,
  /** The rung that comes first; for a short film the whole ladder. */
  first: 5,
  /** The remainder, published when it is all there: the other rungs, surround sound, the storyboard. */
  rest: 6,
} as const;

/** The order of tasks when transcoders are scarce, over all assets: lower before higher. */
export const priorities = {
  inspect: 0,
  passthrough: 4,
  audioSlices: 5,
  audio: 6,
  poster: 7,
  first: 10,
  rest: 30,
} as const;
