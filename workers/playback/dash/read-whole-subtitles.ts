/** Reads a whole subtitle track at the origin, joined from the segments that its playlist names. */
import { joinSubtitles } from "./join-subtitles.ts";

/** Segments that are read at a time. */
const parallelReads = 6;

/** The text of the file; null when the track, or a part of it, is missing. */
export async function readWholeSubtitles(
  env: Pick<Env, "MEDIA">,
  assetId: string,
  rendition: string,
): Promise<string | null> {
  const folder = `media/${assetId}/${rendition}/`;
  const playlist = await env.MEDIA.get(`${folder}playlist.m3u8`);
  if (playlist === null) return null;
  const files = (await playlist.text()).split("\n").filter((line) => /^seg-[0-9]{5}\.vtt$/.test(line));
  const texts: string[] = [];
  for (let at = 0; at < files.length; at += parallelReads) {
    const stored = await Promise.all(
      files.slice(at, at + parallelReads).map((file) => env.MEDIA.get(folder + file)),
    );
    for (const object of stored) {
      if (object === null) return null;
      texts.push(await object.text());
    }
  }
  return files.length === 0 ? null : joinSubtitles(texts);
}
