/** A producer who never gives up: tus-js-client, which resumes a broken upload as often as needed. */
import { createReadStream, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Upload } from "tus-js-client";
import { z } from "zod";

const pauseMs = 500;
const mostPauses = 400;
/** Small, so that an upload is several requests. */
const chunkBytes = 200_000;

const uploadSchema = z.object({ asset_id: z.string() });

/** Uploads a film. @returns the asset's id. @throws when the server refuses it for good. */
export async function uploadWithRetry(
  server: { url: string; key: string },
  file: string,
  title: string,
): Promise<string> {
  const headers = { Authorization: `Bearer ${server.key}` };
  const url = await new Promise<string>((resolve, reject) => {
    const upload = new Upload(createReadStream(file), {
      endpoint: `${server.url}/v1/uploads`,
      headers,
      metadata: { filename: path.basename(file), title },
      uploadSize: statSync(file).size,
      chunkSize: chunkBytes,
      retryDelays: Array.from({ length: mostPauses }, () => pauseMs),
      onShouldRetry: () => true,
      // The library takes a failing HEAD for a lost upload and would begin anew; this way it asks again.
      onAfterResponse: (request, response) => {
        if (request.getMethod() === "HEAD" && response.getStatus() >= 500)
          throw new Error("the server failed");
      },
      onError: reject,
      onSuccess: () => (upload.url === null ? reject(new Error("no upload URL")) : resolve(upload.url)),
    });
    upload.start();
  });
  for (let tries = 0; tries < mostPauses; tries++) {
    const text = await fetch(url, { headers })
      .then(async (response) => (response.ok ? await response.text() : null))
      .catch(() => null);
    if (text !== null) return uploadSchema.parse(JSON.parse(text)).asset_id;
    await wait(pauseMs);
  }
  throw new Error(`The upload ${url} can't be asked about.`);
}
