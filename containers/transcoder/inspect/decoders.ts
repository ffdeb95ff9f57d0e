/** The codecs that this FFmpeg can decode. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Longest that FFmpeg may take to list them, milliseconds. */
const listMs = 30_000;

let known: Promise<Set<string>> | null = null;

/** Is true when there is a decoder for a codec of ffprobe's name, for example `hevc`. Asks FFmpeg once. */
export async function hasDecoder(codec: string | undefined): Promise<boolean> {
  known ??= listDecodable().catch((error: unknown) => {
    known = null; // the next task asks again
    throw error;
  });
  return codec !== undefined && (await known).has(codec);
}

async function listDecodable(): Promise<Set<string>> {
  const { stdout } = await promisify(execFile)("ffmpeg", ["-hide_banner", "-v", "error", "-codecs"], {
    timeout: listMs,
  });
  // ` DEV.L. h264   H.264 / AVC …`: the first letter is D where there is a decoder.
  return new Set([...stdout.matchAll(/^ D[.E][VASDT]\S{3} (\S+)/gm)].map(([, name]) => name ?? ""));
}
