/** Byte surgery on films, for tests: what no encoder writes and the world sends all the same. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Box, childBoxes } from "../../../containers/transcoder/isobmff/boxes.ts";
import { mediaCache } from "./make-film.ts";

/**
 * Changes a copy of `film` in place, or returns other bytes.
 * @returns the file of the result. Its name hashes the bytes, so it is the same at every run.
 */
export function patchFilm(
  ending: string,
  film: string,
  change: (film: Buffer) => Buffer | undefined,
): string {
  const before = readFileSync(film);
  return keepFile(ending, change(before) ?? before);
}

/** Keeps bytes as a cached file. @returns its path. */
export function keepFile(ending: string, bytes: Buffer): string {
  mkdirSync(mediaCache, { recursive: true });
  const name = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  const file = path.join(mediaCache, `patched-${name}.${ending}`);
  if (!existsSync(file)) {
    const draft = `${file}.${process.pid}.draft`;
    writeFileSync(draft, bytes);
    renameSync(draft, file);
  }
  return file;
}

/** The first part of a film. @param share of its bytes, 0 to 1 */
export function cutFilm(film: string, share: number): string {
  return patchFilm(path.extname(film).slice(1), film, (bytes) =>
    bytes.subarray(0, Math.floor(bytes.byteLength * share)),
  );
}

/** A box of ISO/IEC 14496-12 with this content. */
export function box(type: string, content: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + content.byteLength);
  header.write(type, 4, "latin1");
  return Buffer.concat([header, content]);
}

/**
 * Adds bytes to the end of the first box at this path, and tells all boxes around it. The outermost one must be the
 * file's last, so that nothing else moves.
 */
export function growBox(film: Buffer, boxPath: string, extra: Buffer): Buffer {
  let inner: { content: number; end: number } = { content: 0, end: film.byteLength };
  const grown = Buffer.from(film);
  for (const type of boxPath.split("/")) {
    const found: Box | undefined = childBoxes(film, inner.content, inner.end).find((it) => it.type === type);
    if (found === undefined) throw new Error(`no ${boxPath} in the film`);
    if (inner.content === 0 && found.end !== film.byteLength) throw new Error(`${type} must be the last box`);
    grown.writeUInt32BE(found.end - found.start + extra.byteLength, found.start);
    inner = found;
  }
  return Buffer.concat([grown.subarray(0, inner.end), extra, grown.subarray(inner.end)]);
}

/** Calls `change` for every box at this path, for example `moov/trak/mdia/mdhd`: once for each track. */
export function boxPatch(film: Buffer, boxPath: string, change: (view: DataView, box: Box) => void): void {
  const view = new DataView(film.buffer, film.byteOffset, film.byteLength);
  let found: { content: number; end: number }[] = [{ content: 0, end: film.byteLength }];
  for (const type of boxPath.split("/")) {
    found = found.flatMap(({ content, end }) =>
      childBoxes(film, content, end).filter((box) => box.type === type),
    );
  }
  if (found.length === 0) throw new Error(`no ${boxPath} in the film`);
  for (const box of found as Box[]) change(view, box);
}
