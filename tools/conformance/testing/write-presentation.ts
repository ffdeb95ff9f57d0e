/** Writes a film as Marquee publishes it into a folder: the pipeline's own ledgers, playlists and multivariant. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { renditionReports, type TranscodedFilm } from "../../../test/support/transcoder/transcode-film.ts";
import { expectedTracks } from "../../../workers/pipeline/plan/expected-tracks.ts";
import { sharedTarget, writeRendition } from "../../../workers/pipeline/publish/write-rendition.ts";
import { makeLedger } from "../../../workers/pipeline/storage/ledger.ts";
import { renditionPrefix } from "../../../workers/pipeline/storage/media-keys.ts";
import { writeMultivariant } from "../../../workers/playback/hls/write-multivariant.ts";

const assetId = "film";

type Kind = ReturnType<typeof expectedTracks>[number]["kind"];

const everything: Kind[] = ["video", "audio", "text", "storyboard"];

/** Writes every rendition of these kinds and `main.m3u8` into `folder`. @throws Error when a ledger has faults. */
export async function writePresentation(
  { storage, plan, reports }: TranscodedFilm,
  folder: string,
  kinds: Kind[] = everything,
): Promise<void> {
  const put = async (file: string, bytes: Uint8Array | string): Promise<void> => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), bytes);
  };
  for (const [name, bytes] of storage.objects) {
    if (name.startsWith("/media/")) await put(name.slice("/media/".length), bytes);
  }
  const due = expectedTracks(plan, "whole").filter(({ kind }) => kinds.includes(kind));
  const ledgers = due.flatMap(({ key, expected, isOptional }) => {
    const made = renditionReports(reports, key);
    if (isOptional && made.length === 0) return [];
    const objects = made.flatMap(({ init, segments }) => [init, ...segments]).filter((it) => it !== null);
    const listed = new Map(objects.map((it) => [it.file, it]));
    const { ledger, faults } = makeLedger(key, made, listed, expected);
    if (ledger === null) throw new Error(JSON.stringify(faults));
    return [ledger];
  });
  // The folder stands in for the bucket: all that writing asks of it is `put`.
  const prefix = renditionPrefix(assetId, "").replace("//", "/");
  const env = {
    MEDIA: { put: async (key: string, text: string) => await put(key.slice(prefix.length), text) },
  } as unknown as Pick<Env, "MEDIA">;
  const target = sharedTarget(ledgers);
  const measured = new Map<string, Awaited<ReturnType<typeof writeRendition>>>();
  for (const ledger of ledgers) measured.set(ledger.key, await writeRendition(env, assetId, ledger, target));
  const written = <T extends { key: string }>(tracks: readonly T[]) =>
    tracks.flatMap((track) => {
      const rates = measured.get(track.key);
      return rates === undefined ? [] : [{ ...track, ...rates }];
    });
  const frameRate = plan.grid.frameRate.num / plan.grid.frameRate.den;
  const boards = [{ ...plan.storyboard, ...plan.storyboard.tiles }];
  await put(
    "main.m3u8",
    writeMultivariant(
      written(plan.video).map((rung) => ({ ...rung, frameRate })),
      written(plan.audio),
      written(plan.text),
      written(boards),
    ),
  );
}
