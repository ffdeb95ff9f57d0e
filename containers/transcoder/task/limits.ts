/**
 * The limits on a source's cost. Every limit is enforced where it is imported; `docs` and tests name them by these
 * names.
 */

/** Largest picture that is decoded, pixels: 8192 × 4608. */
export const maxPixels = 37_748_736;

/** Longest film, seconds. */
export const maxDurationSeconds = 12 * 3600;

/** A stated frame rate above this is noise in the header, frames per second. */
export const maxFrameRate = 1000;

/** Samples of one track's index: 12 h at 240 frames a second. FFmpeg keeps some 32 bytes in memory for each. */
export const maxSamples = maxDurationSeconds * 240;

/** Largest index (`moov`) that is read, bytes: 12 h of picture and 16 sound tracks stay below. */
export const maxMoovBytes = 128 * 1024 * 1024;

/** Boxes that an index may hold; a film with 64 tracks has about 2000. */
export const maxMoovBoxes = 20_000;

/** Memory of one FFmpeg or ffprobe, bytes: a container of 12 GiB runs one task, and a laptop has to live on. */
export const maxToolMemoryBytes = 2_400_000_000;

/**
 * Memory that such a tool may ask for, used or not, bytes: what it asks for beyond fails at once. Decoders use two
 * thirds of it.
 */
export const maxToolDataBytes = 3_000_000_000;

/**
 * Longest run of one tool, milliseconds: a queue consumer of Cloudflare ends after 15 min, and must have the result
 * before.
 */
export const maxToolRunMs = 14 * 60_000;

/** Most output of ffprobe on a source's streams, bytes. */
export const maxProbeBytes = 32 * 1024 * 1024;

/** Largest source whose mezzanine has to be made on disk, bytes: a container has 20 GB. */
export const maxMezzanineOnDiskBytes = 14_000_000_000;
