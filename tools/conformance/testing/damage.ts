/** Breaks a copy of a presentation in one place, as a bug somewhere in the pipeline would. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { findBox } from "../../../containers/transcoder/isobmff/boxes.ts";

/** A folder with a presentation that may be changed. */
export class DamagedFolder {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** A rendition's folder by the start of its name, for example `v240p`. */
  rendition(prefix: string): string {
    const found = readdirSync(this.folder).find((name) => name.startsWith(prefix));
    if (found === undefined) throw new Error(`no rendition ${prefix}`);
    return found;
  }

  /** Changes a text file. @throws Error when nothing changed: then the test would prove nothing. */
  text(file: string, change: (text: string) => string): void {
    const before = readFileSync(path.join(this.folder, file), "utf8");
    const after = change(before);
    if (after === before) throw new Error(`${file} is as before`);
    writeFileSync(path.join(this.folder, file), after);
  }

  /** Changes a file's bytes; may return others. */
  bytes(file: string, change: (bytes: Buffer, view: DataView) => Buffer | undefined): void {
    const bytes = readFileSync(path.join(this.folder, file));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    writeFileSync(path.join(this.folder, file), change(bytes, view) ?? bytes);
  }

  /** Moves every fragment of a segment in time. @param ticks added to each `tfdt` */
  shift(file: string, ticks: number): void {
    this.bytes(file, (bytes, view) => {
      for (const start of moofs(bytes)) {
        const tfdt = findBox(bytes, ["moof", "traf", "tfdt"], start).content;
        if (view.getUint8(tfdt) === 1)
          view.setBigUint64(tfdt + 4, view.getBigUint64(tfdt + 4) + BigInt(ticks));
        else view.setUint32(tfdt + 4, view.getUint32(tfdt + 4) + ticks);
      }
      return undefined;
    });
  }
}

/** Finds the starts of a segment's fragments. */
export function moofs(bytes: Buffer): number[] {
  const starts: number[] = [];
  for (let offset = 0; offset < bytes.byteLength; offset += bytes.readUInt32BE(offset)) {
    if (bytes.toString("latin1", offset + 4, offset + 8) === "moof") starts.push(offset);
  }
  return starts;
}

/** Puts a box at the end of the boxes that `path` leads to, and lengthens all of these. */
export function insertBox(bytes: Buffer, boxPath: string[], box: Buffer): Buffer {
  const parents = boxPath.map((_, depth) => findBox(bytes, boxPath.slice(0, depth + 1)));
  const at = parents.at(-1)?.end ?? bytes.byteLength;
  for (const { start, end } of parents) bytes.writeUInt32BE(end - start + box.byteLength, start);
  return Buffer.concat([bytes.subarray(0, at), box, bytes.subarray(at)]);
}
