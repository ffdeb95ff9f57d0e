/** The sound of a film: its tracks, their layouts, and the tasks that make them. */

import { z } from "zod";
import { type AudioCodec, audioCodecNames, audioCodecs, sampleRate } from "../../../protocol/codecs.ts";
import type { Grid } from "../../../protocol/grid.ts";
import type { Inspection } from "../../../protocol/inspection.ts";
import type { AudioTask } from "../../../protocol/task.ts";
import { nameAudioTracks } from "./track-names.ts";

/** An audio rendition in a plan. */
export const plannedAudio = z.object({
  key: z.string(),
  label: z.string(),
  language: z.string().nullable(),
  isDefault: z.boolean(),
  streamIndex: z.int(),
  codec: z.enum(audioCodecNames),
  /** 2: stereo, 6: 5.1. */
  channels: z.int(),
  samples: z.int(),
});
type PlannedAudio = z.infer<typeof plannedAudio>;

/** Audio tracks beyond this many are left out. */
const maxAudioTracks = 16;

/** The layouts of a track in every codec, in the table's order. */
const layouts = audioCodecNames.flatMap((codec) =>
  audioCodecs[codec].layouts.map((layout) => ({ ...layout, codec })),
);

/**
 * Films are brought to EBU R 128's programme loudness, as the telecom's broadcast channels are, so that nobody reaches for
 * the volume between a film and the news. It leaves room above for what films are mixed with: at -16 LUFS, as music is
 * streamed, most would have to be limited by 6 to 10 dB. The ceiling leaves 1 dB below R 128's -1 dBTP for what AAC adds.
 */
const loudness = { targetLufs: -23, ceilingDbtp: -2, maxGainDb: 20, maxLimitingDb: 6 };

/** The sample at which a frame starts. */
export function sampleAt(frame: number, { frameRate }: Pick<Grid, "frameRate">): number {
  return Math.round((frame * frameRate.den * sampleRate) / frameRate.num);
}

/**
 * Every track in stereo, then those that have it in 5.1 under the same name; then the same in the next codec.
 * @param spoken the film's language in the producer's words; @param codecs the recipe's; @param keyOf makes a rendition's key.
 */
export async function planAudio(
  inspection: Inspection,
  grid: Grid,
  spoken: string | null,
  codecs: readonly AudioCodec[],
  keyOf: (prefix: string, settings: unknown) => Promise<string>,
): Promise<PlannedAudio[]> {
  const streams = inspection.audio.slice(0, maxAudioTracks);
  const tracks = nameAudioTracks(streams, spoken);
  const wanted = layouts
    .filter(({ codec }) => codecs.includes(codec))
    .flatMap(({ prefix, sourceChannels, ...layout }) =>
      tracks.flatMap((track, n) => {
        const isThere = (streams[n]?.channels ?? 0) >= sourceChannels;
        return isThere ? [{ track, layout, prefix: `${prefix}${n}` }] : [];
      }),
    );
  return await Promise.all(
    wanted.map(async ({ track, layout, prefix }) => ({
      key: await keyOf(prefix, { ...layout, loudness, streamIndex: track.streamIndex }),
      codec: layout.codec,
      channels: layout.channels,
      samples: sampleAt(grid.frames, grid),
      ...track,
    })),
  );
}

/** A plan's part of sound. */
interface PlannedSound {
  audio: readonly PlannedAudio[];
  audioPieces: readonly { firstFrame: number; endFrame: number }[];
}

/** The track that a track's slices are cut as: the first of its stream and layout, so that all codecs share one cut. */
function cutAs(track: PlannedAudio, audio: readonly PlannedAudio[]): PlannedAudio {
  const isSame = ({ streamIndex, channels }: PlannedAudio): boolean =>
    streamIndex === track.streamIndex && channels === track.channels;
  return audio.find(isSame) ?? track;
}

/** The slices of every track in one piece of film. */
export function slicesOf(
  audio: readonly PlannedAudio[],
  piece: number,
  frames: { firstFrame: number; endFrame: number },
  grid: Grid,
) {
  return audio
    .filter((track) => cutAs(track, audio) === track)
    .map((track) => ({
      key: sliceKey(track.key, piece),
      streamIndex: track.streamIndex,
      channels: track.channels,
      firstSample: sampleAt(frames.firstFrame, grid),
      endSample: sampleAt(frames.endFrame, grid),
    }));
}

/** The names of the slices that a track is encoded from, in order. */
export function sliceKeysOf(track: PlannedAudio, { audio, audioPieces }: PlannedSound): string[] {
  const { key } = cutAs(track, audio);
  return audioPieces.map((_, piece) => sliceKey(key, piece));
}

/** The task that encodes a track from its slices. */
export function audioTask(track: PlannedAudio, plan: PlannedSound & { grid: Grid }): AudioTask {
  const layout = layouts.find(({ codec, channels }) => codec === track.codec && channels === track.channels);
  if (layout === undefined) throw new Error(`${track.codec} has no layout of ${track.channels} channels`);
  return {
    kind: "audio",
    key: track.key,
    codec: track.codec,
    bitrateKbps: layout.bitrateKbps,
    channels: track.channels,
    loudness,
    slices: sliceKeysOf(track, plan),
    samples: track.samples,
    segmentFrames: plan.grid.segmentFrames,
    frameRate: plan.grid.frameRate,
  };
}

/** The name of an audio track's slice of one piece of film. */
export function sliceKey(audioKey: string, piece: number): string {
  return `${audioKey}/${String(piece).padStart(5, "0")}.flac`;
}
