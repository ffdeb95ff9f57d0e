/** Uploads a film the way any producer's tool would: by tus-js-client, through the real endpoint. */
import { createReadStream, statSync } from "node:fs";
import path from "node:path";
import { DetailedError, Upload } from "tus-js-client";
import { z } from "zod";
import type { MarqueeServer } from "./marquee-api.ts";

/** One R2 part of the Worker's default size, so that each request goes to R2 uncopied, bytes. */
const chunkBytes = 8 * 1024 * 1024;

const uploadSchema = z.object({ asset_id: z.string(), title_id: z.string() });

/** The upload, and who wants to hear of it. */
export interface FilmUpload {
  file: string;
  title?: string;
  /** Called as bytes arrive, with a fraction of 0 to 1. */
  onProgress?(fraction: number): void;
  signal?: AbortSignal;
}

/**
 * Uploads a film; a connection that breaks is taken up again where it was.
 * @returns the asset's id. @throws Error that says what the server answered.
 */
export async function uploadFilm(server: MarqueeServer, film: FilmUpload): Promise<string> {
  const headers = { Authorization: `Bearer ${server.key}` };
  const url = await sendFile(server, film, headers);
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`The upload's status could not be read: ${response.status}.`);
  return uploadSchema.parse(await response.json()).asset_id;
}

async function sendFile(
  server: MarqueeServer,
  film: FilmUpload,
  headers: Record<string, string>,
): Promise<string> {
  const metadata = {
    filename: path.basename(film.file),
    ...(film.title === undefined ? {} : { title: film.title }),
  };
  return await new Promise((resolve, reject) => {
    const upload = new Upload(createReadStream(film.file), {
      endpoint: `${server.url}/v1/uploads`,
      headers,
      metadata,
      uploadSize: statSync(film.file).size,
      chunkSize: chunkBytes,
      retryDelays: [200, 500, 1000, 2000, 5000, 10_000],
      onProgress: (sent, total) => film.onProgress?.(total === 0 ? 1 : sent / total),
      onError: (error) => reject(new Error(sentenceOf(error))),
      onSuccess: () =>
        upload.url === null ? reject(new Error("The server gave no upload URL.")) : resolve(upload.url),
    });
    film.signal?.addEventListener("abort", () => {
      upload.abort().catch(() => undefined);
      reject(film.signal?.reason);
    });
    upload.start();
  });
}

/** The server's words (problem+json), or the network's failure. */
function sentenceOf(error: Error): string {
  const body = error instanceof DetailedError ? (error.originalResponse?.getBody() ?? "") : "";
  try {
    const problem = z.object({ code: z.string(), detail: z.string() }).parse(JSON.parse(body));
    return `${problem.detail} (${problem.code})`;
  } catch {
    return error.message;
  }
}
