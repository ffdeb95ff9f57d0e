/** What `npm start` does with films: uploads them one after another and tells each one's way to its watch URL. */
import { statSync } from "node:fs";
import path from "node:path";
import { type MarqueeServer, waitForAsset } from "./marquee-api.ts";
import type { ProgressBoard } from "./progress-board.ts";
import { StopSentence } from "./stop-sentence.ts";
import { uploadFilm } from "./upload-film.ts";

/** A film on this machine. */
export interface LocalFilm {
  file: string;
  title?: string;
}

/**
 * The films that the arguments name, relative to `folder`. @throws StopSentence for one that can't be read.
 */
export function filmsOf(args: string[], folder: string): LocalFilm[] {
  return args.map((arg) => {
    const file = path.resolve(folder, arg);
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) throw new StopSentence(`There is no file ${arg}.`);
    if (!stats.isFile()) throw new StopSentence(`${arg} is not a file. Name the films themselves.`);
    return { file };
  });
}

/** Uploads films in order and waits for all of them. One that fails is told in words and stops no other. */
export async function bringFilms(
  server: MarqueeServer,
  films: LocalFilm[],
  board: ProgressBoard,
  signal: AbortSignal,
): Promise<void> {
  const waiting: Promise<void>[] = [];
  for (const film of films) {
    const name = film.title ?? path.basename(film.file);
    try {
      const onProgress = (fraction: number) => board.show(name, "uploading", fraction);
      const assetId = await uploadFilm(server, { ...film, onProgress, signal });
      waiting.push(tellWay(server, name, assetId, board, signal));
    } catch (error) {
      if (signal.aborted) return;
      board.finish(name, `could not be uploaded. ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  await Promise.all(waiting);
}

async function tellWay(
  server: MarqueeServer,
  name: string,
  assetId: string,
  board: ProgressBoard,
  signal: AbortSignal,
): Promise<void> {
  try {
    const asset = await waitForAsset(server, assetId, {
      signal,
      onChange: ({ progress }) => board.show(name, "preparing", progress.fraction),
    });
    if (asset.status === "ready") board.finish(name, `ready. Watch it: ${asset.watch_url}`);
    else
      board.finish(name, `failed. ${asset.error?.detail ?? "No reason was given."} (${asset.error?.code})`);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
