/** Decodes every audio and video track with FFmpeg, from a file joined of its init segment and segments. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { DecodedTrack, Presentation, Track } from "../model/presentation.ts";
import { decrypt } from "./decrypt.ts";
import { CannotRead, type Source } from "./source.ts";

/** Decodes the CMAF tracks with one init segment. Reads every segment once more. */
export async function decodeTracks(
  presentation: Presentation,
  source: Source,
  onProgress: (what: string) => void,
): Promise<DecodedTrack[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "marquee-conformance-"));
  try {
    const decoded: DecodedTrack[] = [];
    for (const track of presentation.tracks) {
      if (!["video", "audio"].includes(track.role) || track.format !== "cmaf" || track.inits.length !== 1)
        continue;
      onProgress(`decoding ${track.name}`);
      const file = path.join(folder, `${decoded.length}.mp4`);
      try {
        await join(track, source, file);
        decoded.push({ track, ...(await decode(file, track.main?.handler === "vide")) });
      } catch (error) {
        if (!(error instanceof CannotRead)) throw error;
        decoded.push({ track, frames: null, errors: `a file can't be read: ${error.message}` });
      }
      await rm(file, { force: true });
    }
    return decoded;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function join(track: Track, source: Source, file: string): Promise<void> {
  const map = track.segments[0]?.entry.map;
  const of = { source, playlistUrl: track.url };
  await writeFile(file, "");
  if (map) {
    const { bytes } = await source.read(URL.parse(map.uri, track.url)?.href ?? map.uri, map.range);
    await appendFile(file, await decrypt(bytes, map.key, { ...of, sequence: null }));
  }
  for (const { url, entry, sequence } of track.segments) {
    const { bytes } = await source.read(url, entry.range);
    await appendFile(file, await decrypt(bytes, entry.key, { ...of, sequence }));
  }
}

async function decode(file: string, isVideo: boolean): Promise<Omit<DecodedTrack, "track">> {
  const child = spawn(
    "ffmpeg",
    [
      ...["-hide_banner", "-nostdin", "-v", "error", "-xerror", "-progress", "pipe:1"],
      // The file is anybody's: it may be nothing but MP4, and name no other file.
      ...["-protocol_whitelist", "file", "-format_whitelist", "mov", "-i", file],
      ...["-map", isVideo ? "0:v:0" : "0:a:0", "-fps_mode", "passthrough", "-f", "null", "-"],
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let progress = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => {
    progress = `${progress}${chunk}`.slice(-4096);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors = `${errors}${chunk}`.slice(0, 4096);
  });
  const [code] = await once(child, "close");
  const frames = progress.match(/frame=\s*(\d+)/g)?.at(-1);
  return {
    frames: isVideo ? Number(/\d+/.exec(frames ?? "")?.[0] ?? 0) : null,
    errors: errors.trim() || (code === 0 ? "" : `ffmpeg ended with ${code}`),
  };
}
