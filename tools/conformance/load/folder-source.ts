/** Presentations on disk. */
import { open, readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CannotRead, type Source } from "./source.ts";

/** Names that a folder's first playlist usually has. */
const usualNames = ["main.m3u8", "master.m3u8", "multivariant.m3u8", "index.m3u8", "playlist.m3u8"];

/** A folder, or a playlist in one. @throws CannotRead when there is none, or it can't be told which one to start from. */
export async function openFolder(where: string): Promise<Source> {
  const file = await findPlaylist(where);
  return {
    root: pathToFileURL(file).href,
    read: async (url, range) => ({
      bytes: await attempt(url, (local) => (range === null ? readFile(local) : readPart(local, range))),
      delivery: null,
    }),
    size: async (url) => await attempt(url, async (local) => (await stat(local)).size),
  };
}

async function findPlaylist(where: string): Promise<string> {
  const there = await stat(where).catch(() => null);
  if (there === null) throw new CannotRead(`There is no file or folder ${where}.`);
  if (!there.isDirectory()) return where;
  const playlists = (await readdir(where)).filter((name) => name.endsWith(".m3u8"));
  const usual = usualNames.find((name) => playlists.includes(name));
  const found = usual ?? (playlists.length === 1 ? playlists[0] : undefined);
  if (found !== undefined) return path.join(where, found);
  const why =
    playlists.length === 0
      ? "has no .m3u8 file"
      : `has ${playlists.length} playlists (${playlists.join(", ")})`;
  throw new CannotRead(`The folder ${where} ${why}. Name the playlist to start from.`);
}

async function readPart(file: string, range: { offset: number; length: number }): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const bytes = new Uint8Array(
      Math.min(range.length, Math.max(0, (await handle.stat()).size - range.offset)),
    );
    await handle.read(bytes, 0, bytes.byteLength, range.offset);
    return bytes;
  } finally {
    await handle.close();
  }
}

async function attempt<T>(url: string, work: (file: string) => Promise<T>): Promise<T> {
  if (!url.startsWith("file:")) throw new CannotRead(`${url} is not in the folder`);
  const address = new URL(url);
  address.search = "";
  address.hash = "";
  try {
    return await work(fileURLToPath(address.href));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new CannotRead(code === "ENOENT" ? "there is no such file" : `it can't be read (${code})`);
  }
}
