import type { Inspection } from "../../protocol/inspection.ts";

/** An ordinary source, 1920 × 1080 at 25 fps with one stereo track; the parts given replace its own. */
export function anInspection(
  seconds: number,
  video: Partial<Inspection["video"]> = {},
  rest: Partial<Omit<Inspection, "video">> = {},
): Inspection {
  return {
    container: "mov",
    bytes: 1_000_000,
    startSeconds: 0,
    durationSeconds: seconds,
    audio: [
      {
        index: 1,
        codec: "aac",
        channels: 2,
        sampleRate: 48_000,
        language: null,
        title: null,
        isDefault: true,
      },
    ],
    text: [],
    complexity: null,
    otherStreams: [],
    ...rest,
    video: {
      index: 0,
      codec: "h264",
      profile: "High",
      pixelFormat: "yuv420p",
      width: 1920,
      height: 1080,
      rotation: 0,
      sampleAspect: { num: 1, den: 1 },
      interlaced: false,
      transfer: null,
      statedRate: { num: 25, den: 1 },
      averageRate: { num: 25, den: 1 },
      startSeconds: 0,
      endSeconds: seconds,
      lastFrameSeconds: 0.04,
      ...video,
    },
  };
}
