/** Sends a file by tus-js-client: retried, resumed, and remembered until it is there. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import {
  DetailedError,
  type PreviousUpload,
  Upload,
  type UploadOptions,
  type UrlStorage,
} from "tus-js-client";
import { z } from "zod";
import { watchSilence } from "../../workers/shared/watch-silence.ts";
import { UserError } from "../local/user-error.ts";
import { answerProblem, unreachable } from "./call-api.ts";
import type { Server } from "./find-server.ts";

/** Bytes a request carries at first; a server that wants less says so. Twelve default parts, below the usual 100 MB. */
const chunkBytes = 60 * 1024 * 1024;

/** The way in which an upload waits for a server that is away, or that takes a request and says nothing. Milliseconds. */
export interface UploadPatience {
  /** Pauses before retries; the count starts again whenever bytes got through. */
  retryDelays: number[];
  /** Longest silence: longer than any pause before a retry, and than storing a chunk takes. */
  silentMs: number;
  /** Silences in a row after which the server counts as out of reach. */
  silences: number;
  /** The library takes the end of a request that was given up for a failure of the next one, if that has begun by then. */
  settleMs: number;
}

const usualPatience: UploadPatience = {
  // Twenty minutes in all: an upload that runs by night outlives an outage that somebody has to mend.
  retryDelays: [0, 500, 1000, 2000, 4000, 8000, 15_000, ...Array.from({ length: 40 }, () => 30_000)],
  ...{ silentMs: 90_000, silences: 5, settleMs: 250 },
};

/** A file and its metadata. */
export interface FileToSend {
  /** Absolute path of a regular file. */
  file: string;
  /** Upload-Metadata: `filename`, and `title` and `language` where given. */
  metadata: Record<string, string>;
}

/** The server's names for an uploaded film. */
export interface SentFile {
  asset_id: string;
  title_id: string;
}

/**
 * Uploads a file, going on with an earlier upload of it where there is one. A server that goes silent is asked how far the upload
 * is, and sent the rest.
 * @param onProgress bytes sent so far, and of how many
 * @throws UserError with the server's code; the abort signal's reason
 */
export async function uploadFile(
  server: Server,
  { file, metadata }: FileToSend,
  store: UrlStorage,
  onProgress: (bytes: number, total: number) => void,
  signal: AbortSignal,
  { retryDelays, silentMs, silences, settleMs }: UploadPatience = usualPatience,
): Promise<SentFile> {
  const before = await stat(file);
  const fingerprint = JSON.stringify([server.url, file, before.size, before.mtimeMs, metadata]);
  const sent = await new Promise<SentFile>((resolve, reject) => {
    let silent = 0;
    const silence = watchSilence(silentMs, () => {
      silent += 1;
      upload.abort().catch(() => undefined);
      if (silent >= silences) end(() => reject(unreachable(server)));
      else setTimeout(() => upload.start(), settleMs);
    });
    const end = (settle: () => void): void => {
      silence.end();
      settle();
    };
    const upload = new Upload(createReadStream(file), {
      endpoint: `${server.url}/v1/uploads`,
      headers: { Authorization: `Bearer ${server.key}` },
      metadata,
      uploadSize: before.size,
      chunkSize: chunkBytes,
      retryDelays,
      urlStorage: store,
      fingerprint: async () => fingerprint,
      onShouldRetry: shouldRetry,
      onProgress: (bytes, total) => {
        silence.heard();
        onProgress(bytes, total);
      },
      onBeforeRequest: silence.heard,
      // The library takes a failing HEAD for a lost upload and would begin anew; this way it asks again.
      onAfterResponse: (request, response) => {
        silent = 0;
        silence.heard();
        if (request.getMethod() === "HEAD" && response.getStatus() >= 500)
          throw new Error("the server failed");
      },
      onError: (error) => end(() => reject(explain(server, error))),
      onSuccess: ({ lastResponse }) => {
        const assetId = lastResponse.getHeader("Marquee-Asset-Id");
        const titleId = lastResponse.getHeader("Marquee-Title-Id");
        if (assetId !== undefined && titleId !== undefined)
          end(() => resolve({ asset_id: assetId, title_id: titleId }));
        else {
          const sentence = `${server.url} took the bytes but names no asset.`;
          end(() => reject(new UserError(sentence, "unexpected_answer")));
        }
      },
    });
    signal.addEventListener("abort", () => {
      upload.abort().catch(() => undefined);
      end(() => reject(signal.reason));
    });
    store
      .findUploadsByFingerprint(fingerprint)
      .then(([previous]: PreviousUpload[]) => {
        if (previous !== undefined) upload.resumeFromPreviousUpload(previous);
        if (!signal.aborted) upload.start();
      })
      .catch(reject);
  });
  // The library can forget it too, but tells nobody when it has.
  for (const { urlStorageKey } of await store.findUploadsByFingerprint(fingerprint)) {
    await store.removeUpload(urlStorageKey);
  }
  const after = await stat(file).catch(() => null);
  if (after?.size !== before.size || after.mtimeMs !== before.mtimeMs) {
    throw new UserError(
      `${file} changed while it was sent, so ${sent.asset_id} may be damaged. Delete it and upload the file again.`,
      "file_changed",
    );
  }
  return sent;
}

/** Retries what may get better; takes the chunk size that a server asks for. */
function shouldRetry(error: DetailedError | Error, _attempt: number, options: UploadOptions): boolean {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (response === null) return true;
  const status = response.getStatus();
  if (status === 413) {
    const advice = adviceSchema.safeParse(parseJson(response.getBody()));
    if (!advice.success || advice.data.chunk_bytes >= (options.chunkSize ?? 0)) return false;
    options.chunkSize = advice.data.chunk_bytes;
    return true;
  }
  // A server that is asked too much says when it is worth trying again.
  if (status === 429) return response.getHeader("Retry-After") !== undefined;
  return status >= 500 || status === 409 || status === 423;
}

const adviceSchema = z.object({ chunk_bytes: z.number().int().positive() });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function explain(server: Server, error: Error): Error {
  if (!(error instanceof DetailedError)) return error;
  const response = error.originalResponse;
  if (response === null) return unreachable(server);
  return answerProblem(server, response.getStatus(), response.getBody());
}
