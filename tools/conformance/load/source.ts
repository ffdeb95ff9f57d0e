/** The origin that a presentation is read from. */
import type { Delivery } from "../model/delivery.ts";

/** A run of bytes in a file. */
export interface ByteRange {
  offset: number;
  length: number;
}

/** The bytes that were read. */
export interface Received {
  bytes: Uint8Array;
  /** The response that carried them; null from a folder. */
  delivery: Delivery | null;
}

/** A folder or a web server. Addresses are absolute URLs, `file:` for a folder. */
export interface Source {
  /** The address of the playlist to start from. */
  root: string;
  /** @throws CannotRead with one sentence */
  read(url: string, range: ByteRange | null): Promise<Received>;
  /** The file's size without reading it, bytes; null when nobody says. */
  size(url: string): Promise<number | null>;
}

/** A file can't be had; the message is one sentence for a person. */
export class CannotRead extends Error {}
