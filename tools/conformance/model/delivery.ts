/** Answers of a web server, as rules on delivery look at them. */

/** A response's status and headers. */
export interface Delivery {
  url: string;
  status: number;
  /** The end of redirects; the same as `url` without any. */
  finalUrl: string;
  contentType: string | null;
  contentEncoding: string | null;
  allowOrigin: string | null;
  /** The length that the server stated, bytes; null when it did not. */
  contentLength: number | null;
  contentRange: string | null;
}

/** One file's answers; null where no answer came. */
export interface Probe {
  kind: "playlist" | "init" | "segment";
  name: string;
  head: Delivery | null;
  /** To `bytes=1-2`; null for playlists, which nobody asks in parts. */
  range: { delivery: Delivery; bytes: number } | null;
}
