/** A small film as Marquee really publishes it, in a folder: real encodes, and the pipeline's own writers. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeFilm, testPicture } from "../../../containers/transcoder/testing/make-film.ts";
import { renditionReports, transcodeFilm } from "../../../containers/transcoder/testing/transcode-film.ts";
import { makeLedger } from "../../../workers/pipeline/ledger.ts";
import { renditionPrefix } from "../../../workers/pipeline/media-keys.ts";
import { sharedTarget, writeRendition } from "../../../workers/pipeline/write-rendition.ts";
import type { VideoRendition } from "../../../workers/playback/published-renditions.ts";
import { writeMultivariant } from "../../../workers/playback/write-multivariant.ts";

const assetId = "film";

/** Writes two video qualities, an audio track and `main.m3u8` into `folder`: 14 s in segments of 6, 6 and 2 s. */
export async function makePresentation(folder: string): Promise<void> {
  const film = makeFilm("mp4", [
    ...testPicture({ size: "640x360", seconds: 14 }),
    ...["-pix_fmt", "yuv420p", "-metadata:s:a:0", "language=eng"],
  ]);
  const { storage, plan, reports } = await transcodeFilm(film);
  await storage.close();
  const put = async (file: string, bytes: Uint8Array | string): Promise<void> => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), bytes);
  };
  for (const [name, bytes] of storage.objects) {
    if (name.startsWith("/media/")) await put(name.slice("/media/".length), bytes);
  }

  const { grid } = plan;
  const tracks = [
    ...plan.video.map(({ key }) => ({
      key,
      expected: (timescale: number) => (grid.frames * grid.frameRate.den * timescale) / grid.frameRate.num,
    })),
    ...plan.audio.map(({ key, samples }) => ({ key, expected: () => samples })),
  ];
  const ledgers = tracks.map(({ key, expected }) => {
    const made = renditionReports(reports, key);
    const objects = made.flatMap(({ init, segments }) => [init, ...segments]).filter((it) => it !== null);
    const listed = new Map(objects.map((it) => [it.file, it]));
    const { ledger, faults } = makeLedger(key, made, listed, expected);
    if (ledger === null) throw new Error(JSON.stringify(faults));
    return ledger;
  });
  // The folder stands in for the bucket: all that writing asks of it is `put`.
  const prefix = renditionPrefix(assetId, "").replace(/\/+$/, "/");
  const env = {
    MEDIA: { put: async (key: string, text: string) => await put(key.slice(prefix.length), text) },
  } as unknown as Pick<Env, "MEDIA">;
  const target = sharedTarget(ledgers);
  const measured = new Map(
    await Promise.all(
      ledgers.map(
        async (ledger) => [ledger.key, await writeRendition(env, assetId, ledger, target)] as const,
      ),
    ),
  );
  const rates = (key: string) => {
    const rendition = measured.get(key);
    if (rendition === undefined) throw new Error(`${key} was not written`);
    return rendition;
  };
  const videos = plan.video.map(
    ({ key, width, height }): VideoRendition => ({
      ...rates(key),
      width,
      height,
      frameRate: grid.frameRate.num / grid.frameRate.den,
    }),
  );
  const audios = plan.audio.map(({ key, ...track }) => ({ ...track, ...rates(key) }));
  await put("main.m3u8", writeMultivariant(videos, audios));
}
