/** Copies a film as the gateway serves it into a folder: the same playlists, the same bytes, the same names. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { UserError } from "../../../scripts/local/user-error.ts";
import { readPlaylist } from "../../../workers/hls/read-playlist.ts";

/** Copies everything that the multivariant playlist at `url` names, itself included. @throws UserError */
export async function copyFilm(url: string, folder: string): Promise<void> {
  const text = await copy(url, "", path.join(folder, "main.m3u8"));
  const multivariant = readPlaylist(text);
  if (multivariant.kind !== "multivariant") throw new UserError(`${url} is no multivariant playlist.`);
  const groups = [multivariant.audioGroups, multivariant.subtitleGroups].flatMap((group) =>
    Object.values(group),
  );
  const tracks = groups.flatMap((group) => Object.values(group).map(({ uri }) => uri));
  const uris = [...multivariant.variants, ...multivariant.iFrameVariants].map(({ uri }) => uri);
  for (const uri of new Set([...uris, ...tracks])) {
    if (typeof uri === "string") await copyTrack(url, uri, folder);
  }
}

async function copyTrack(url: string, uri: string, folder: string): Promise<void> {
  const text = await copy(url, uri, path.join(folder, uri));
  const playlist = readPlaylist(text);
  if (playlist.kind !== "media") throw new UserError(`${uri} is no media playlist.`);
  const map = /#EXT-X-MAP:URI="([^"]+)"/.exec(text)?.[1];
  const files = [...(map === undefined ? [] : [map]), ...playlist.segments.map((segment) => segment.uri)];
  for (const file of new Set(files)) {
    const name = path.posix.join(path.posix.dirname(uri), file);
    await copy(url, name, path.join(folder, name));
  }
}

async function copy(url: string, uri: string, file: string): Promise<string> {
  const response = await fetch(new URL(uri, url), { headers: { "Accept-Encoding": "identity" } });
  if (response.status !== 200) throw new UserError(`${uri} could not be copied: ${response.status}`);
  const bytes = await response.bytes();
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return /\.m3u8$/.test(file) ? new TextDecoder().decode(bytes) : "";
}
