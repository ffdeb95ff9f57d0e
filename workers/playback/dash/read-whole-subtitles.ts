/** Reads a whole subtitle track at the origin, joined from the segments that its playlist names. */
import { sha256Hex } from "../../shared/digest.ts";
import { joinSubtitles } from "./join-subtitles.ts";

/**
 * The largest track that is joined, bytes of its segments: transcoding makes no larger one. An older one is for players that
 * take it in segments.
 */
const maxTrackBytes = 4_000_000;

/** A film's usual track has a quarter of this, bytes. An isolate may read some dozens at a time. */
const smallBytes = 512 * 1024;

/** A track of twelve hours has 720 segments; R2 lists up to a thousand at once. */
const maxSegments = 1000;

/** Segments that are read ahead while others are being sent. */
const readAhead = 6;

/** The file as it goes out: never in memory as a whole. `isSmall`: a reader may hold it all the same. */
export interface WholeSubtitles {
  body: ReadableStream<Uint8Array>;
  isSmall: boolean;
  /** Strong, with its quotes. */
  etag: string;
}

/** The file; null when the track, or a part of it, is missing, or when it is too large. */
export async function readWholeSubtitles(
  env: Pick<Env, "MEDIA">,
  assetId: string,
  rendition: string,
): Promise<WholeSubtitles | null> {
  const folder = `media/${assetId}/${rendition}/`;
  const playlist = await env.MEDIA.get(`${folder}playlist.m3u8`);
  if (playlist === null) return null;
  const files = (await playlist.text()).split("\n").filter((line) => /^seg-[0-9]{5}\.vtt$/.test(line));
  const { objects } = await env.MEDIA.list({ prefix: `${folder}seg-`, limit: maxSegments });
  const stored = new Map(objects.map((object) => [object.key.slice(folder.length), object]));
  const wanted = files.map((file) => stored.get(file));
  const bytes = wanted.reduce((sum, object) => sum + (object?.size ?? Number.POSITIVE_INFINITY), 0);
  if (files.length === 0 || bytes > maxTrackBytes) return null;
  const etag = `"${await sha256Hex(wanted.map((object) => object?.etag).join())}"`;
  const keys = files.map((file) => folder + file);
  const body = streamOf(joinSubtitles(readTexts(env, keys)));
  return { body, etag, isSmall: bytes <= smallBytes };
}

/** The texts of these objects, in order, some read ahead. @throws Error when one has gone. */
async function* readTexts(env: Pick<Env, "MEDIA">, keys: readonly string[]): AsyncGenerator<string> {
  for (let at = 0; at < keys.length; at += readAhead) {
    const group = keys.slice(at, at + readAhead).map(async (key) => {
      const object = await env.MEDIA.get(key);
      if (object === null) throw new Error(`${key} has gone while its track was read`);
      return await object.text();
    });
    yield* await Promise.all(group);
  }
}

/** A piece is read when somebody takes it. */
function streamOf(pieces: AsyncGenerator<string, void, undefined>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await pieces.return();
    },
  });
}
