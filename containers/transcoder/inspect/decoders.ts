/** The codecs that this FFmpeg can decode. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

let known: Promise<Set<string>> | null = null;

/** Is true when there is a decoder for a codec of ffprobe's name, for example `hevc`. Asks FFmpeg once. */
export async function hasDecoder(codec: string | undefined): Promise<boolean> {
  known ??= listDecodable();
  return codec !== undefined && (await known).has(codec);
}

async function listDecodable(): Promise<Set<string>> {
  const { stdout } = await promisify(execFile)("ffmpeg", ["-hide_banner", "-v", "error", "-codecs"]);
  // ` DEV.L. h264   H.264 / AVC …`: the first letter is D where there is a decoder.
  return new Set([...stdout.matchAll(/^ D[.E][VASDT]\S{3} (\S+)/gm)].map(([, name]) => name ?? ""));
}
