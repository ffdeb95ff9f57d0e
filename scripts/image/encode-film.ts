/** A film's way through a running Marquee, until all of it is encoded. */
import path from "node:path";
import type { Asset } from "../client/call-api.ts";
import type { Server } from "../client/find-server.ts";
import { uploadFile } from "../client/upload-file.ts";
import { uploadStore } from "../client/upload-store.ts";
import { waitForAsset } from "../client/wait-for-asset.ts";

/** A film whose work has come to its end. */
export interface EncodedFilm {
  asset: Asset;
  /** Seconds from its last byte until it could be watched; null when it never could. */
  readySeconds: number | null;
  /** Seconds from its last byte until all its renditions were made. */
  wholeSeconds: number;
}

/** Kinds of rendition that every film with sound has. */
const wantedKinds = ["video", "audio", "image", "storyboard"];

/** Uploads a film and waits until it failed or all its renditions are made. `folder` remembers the upload meanwhile. */
export async function encodeFilm(
  server: Server,
  { file, title, folder }: { file: string; title: string; folder: string },
  signal: AbortSignal,
): Promise<EncodedFilm> {
  const metadata = { filename: path.basename(file), title };
  const sent = await uploadFile(
    server,
    { file, metadata },
    uploadStore(path.join(folder, "uploads")),
    () => undefined,
    signal,
  );
  const sentAt = Date.now();
  const passedSeconds = () => (Date.now() - sentAt) / 1000;
  let readySeconds: number | null = null;
  const onChange = ({ status }: Asset) => {
    if (status === "ready") readySeconds ??= passedSeconds();
  };
  const asset = await waitForAsset(server, sent.asset_id, onChange, signal, hasEnded);
  return { asset, readySeconds, wholeSeconds: passedSeconds() };
}

/** Finds what a film whose work has ended lacks. @returns a sentence each */
export function findShortfalls({ status, error, renditions }: Asset): string[] {
  const all = renditions ?? [];
  const shortfalls = all
    .filter((rendition) => !["ready", "retired"].includes(rendition.status))
    .map(({ kind, label, status }) => `Its rendition ${label} (${kind}) is ${status}.`);
  for (const kind of wantedKinds) {
    if (!all.some((rendition) => rendition.kind === kind && rendition.status === "ready"))
      shortfalls.push(`It has no rendition of kind ${kind}.`);
  }
  if (status !== "ready") shortfalls.unshift(`It is ${status}, not ready.`);
  if (error) shortfalls.unshift(`${error.detail} (${error.code})`);
  return shortfalls;
}

/** A film plays before all its renditions are there; its work has ended when every stage has. */
function hasEnded({ status, progress }: Asset): boolean {
  const stages = progress?.stages ?? [];
  return status === "ready" && stages.every((stage) => ["done", "failed"].includes(stage.status));
}
