/** The films of `npm start`: uploads them one after another and reports each one's way to its watch URL. */
import { statSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { callApi, readAnswer } from "../client/call-api.ts";
import type { Server } from "../client/find-server.ts";
import { uploadFile } from "../client/upload-file.ts";
import { uploadStore } from "../client/upload-store.ts";
import { waitForAsset } from "../client/wait-for-asset.ts";
import { UserError } from "../local/user-error.ts";
import type { ProgressBoard } from "./progress-board.ts";

/** A film on this machine. */
export interface LocalFilm {
  /** Absolute path. */
  file: string;
  title?: string;
}

/** The destination of films, and the board that reports on them. */
export interface UploadContext {
  server: Server;
  /** Folder that remembers unfinished uploads, so that the next start goes on with them. */
  uploads: string;
  board: ProgressBoard;
  signal: AbortSignal;
}

const listSchema = z.object({
  assets: z.array(
    z.object({
      id: z.string(),
      status: z.string(),
      filename: z.string(),
      source: z.object({ bytes: z.number() }),
    }),
  ),
});

/** The films that the arguments name, relative to `folder`. @throws UserError for one that can't be read. */
export function filmsOf(args: string[], folder: string): LocalFilm[] {
  return args.map((arg) => {
    const file = path.resolve(folder, arg);
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) throw new UserError(`There is no file ${arg}.`);
    if (!stats.isFile()) throw new UserError(`${arg} is not a file. Name the films themselves.`);
    return { file };
  });
}

/** True when the producer has no assets at all. */
export async function isLibraryEmpty(server: Server): Promise<boolean> {
  const answer = await callApi(server, "GET", "/v1/assets?limit=1");
  return readAnswer(server, answer, listSchema).assets.length === 0;
}

/**
 * Uploads films in order, except those that are there already, and waits for all of them. A failed film is reported in
 * words and stops no other.
 */
export async function uploadFilms(films: LocalFilm[], context: UploadContext): Promise<void> {
  const waiting: Promise<void>[] = [];
  for (const film of films) {
    const name = film.title ?? path.basename(film.file);
    await inWords(name, context, async () => {
      const assetId = (await findEarlier(film, context)) ?? (await send(name, film, context));
      waiting.push(inWords(name, context, () => tellWay(name, assetId, context)));
    });
  }
  await Promise.all(waiting);
}

/** The same film from an earlier start: recently uploaded, with this file name and size, and not failed. */
async function findEarlier({ file }: LocalFilm, { server }: UploadContext): Promise<string | null> {
  const answer = readAnswer(server, await callApi(server, "GET", "/v1/assets?limit=100"), listSchema);
  const { size } = statSync(file);
  const earlier = answer.assets.find(
    (it) => it.filename === path.basename(file) && it.source.bytes === size && it.status !== "errored",
  );
  return earlier?.id ?? null;
}

async function send(
  name: string,
  film: LocalFilm,
  { server, uploads, board, signal }: UploadContext,
): Promise<string> {
  const title = film.title === undefined ? {} : { title: film.title };
  const metadata = { filename: path.basename(film.file), ...title };
  const onProgress = (bytes: number, total: number) => {
    board.show(name, "uploading", total === 0 ? 1 : bytes / total);
  };
  const sent = await uploadFile(
    server,
    { file: film.file, metadata },
    uploadStore(uploads),
    onProgress,
    signal,
  );
  return sent.asset_id;
}

async function tellWay(
  name: string,
  assetId: string,
  { server, board, signal }: UploadContext,
): Promise<void> {
  const asset = await waitForAsset(
    server,
    assetId,
    ({ progress }) => board.show(name, "preparing", progress?.fraction ?? 0),
    signal,
  );
  if (asset.status === "ready") board.finish(name, `ready. Watch it: ${asset.watch_url}`);
  else board.finish(name, `failed. ${asset.error?.detail ?? "No reason was given."} (${asset.error?.code})`);
}

async function inWords(
  name: string,
  { board, signal }: UploadContext,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (signal.aborted) return;
    board.finish(name, `stopped. ${error instanceof Error ? error.message : String(error)}`);
  }
}
