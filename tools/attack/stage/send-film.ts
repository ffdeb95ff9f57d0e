/** A film on its way: sent in one request, then followed to its end. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { type Answer, askAs, codeOf, read } from "./ask.ts";
import type { Producer } from "./target.ts";

const assetShape = z.object({
  status: z.string(),
  title_id: z.string(),
  title: z.string().nullish(),
  progress: z.object({ fraction: z.number() }),
  error: z.object({ code: z.string(), detail: z.string(), log: z.string().nullish() }).nullish(),
});

/** An asset as its producer sees it. */
export type SentFilm = z.infer<typeof assetShape>;

const pollMs = 400;

/** Uploads a file. @returns the asset's id. @throws Error that says why it was refused */
export async function sendFilm(
  producer: Producer,
  file: string,
  metadata: Record<string, string> = {},
): Promise<string> {
  const answer = await offerFilm(producer, readFileSync(file), {
    filename: path.basename(file),
    ...metadata,
  });
  const assetId = answer.headers.get("Marquee-Asset-Id");
  if (assetId === null) throw new Error(`The upload was refused: ${answer.status} ${codeOf(answer)}`);
  return assetId;
}

/** Offers a file in one request of tus (creation-with-upload). */
export async function offerFilm(
  producer: Producer,
  bytes: Uint8Array,
  metadata: Record<string, string>,
): Promise<Answer> {
  return await askAs(producer, "POST", "/v1/uploads", bytes, {
    "Tus-Resumable": "1.0.0",
    "Upload-Length": String(bytes.byteLength),
    "Upload-Metadata": metadataOf(metadata),
    "Content-Type": "application/offset+octet-stream",
  });
}

/** `Upload-Metadata` of tus: names with their values in Base64. */
export function metadataOf(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString("base64")}`)
    .join(",");
}

/** An asset now. @throws Error when it can't be read */
export async function lookAt(producer: Producer, assetId: string): Promise<SentFilm> {
  return read(await askAs(producer, "GET", `/v1/assets/${assetId}`), assetShape);
}

/** The end of a film: `ready`, its error's code, or null when there was none within `withinMs`. */
export async function endOf(producer: Producer, assetId: string, withinMs: number): Promise<string | null> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    const film = await lookAt(producer, assetId).catch(() => null);
    if (film?.error != null) return film.error.code;
    if (film?.status === "ready" && film.progress.fraction === 1) return "ready";
    await wait(pollMs);
  }
  return null;
}
