/** The command line's memory of unfinished uploads, so that they go on after a crash. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { PreviousUpload, UrlStorage } from "tus-js-client";
import { z } from "zod";

const storedUpload = z.object({
  size: z.number().nullable(),
  metadata: z.record(z.string(), z.string()),
  creationTime: z.string(),
  uploadUrl: z.string().nullable(),
});

/** `$XDG_STATE_HOME/marquee/uploads`, by default below `~/.local/state`. */
export function uploadStoreFolder(environment: Record<string, string | undefined>, home: string): string {
  const state = environment.XDG_STATE_HOME;
  const base = state !== undefined && path.isAbsolute(state) ? state : path.join(home, ".local/state");
  return path.join(base, "marquee/uploads");
}

/**
 * tus-js-client's URL storage with a file for each upload, written whole or not at all: processes that run at the same
 * time don't disturb each other, and a crash leaves no half-written file. One that can't be read counts as none.
 */
export function uploadStore(folder: string): UrlStorage {
  const fileOf = (fingerprint: string) =>
    path.join(folder, `${createHash("sha256").update(fingerprint).digest("hex").slice(0, 32)}.json`);

  const read = async (file: string): Promise<PreviousUpload[]> => {
    try {
      const stored = storedUpload.parse(JSON.parse(await readFile(file, "utf8")));
      return [{ ...stored, urlStorageKey: file, parallelUploadUrls: null }];
    } catch {
      return [];
    }
  };

  return {
    async findAllUploads() {
      const names = await readdir(folder).catch(() => []);
      const found = names
        .filter((name) => name.endsWith(".json"))
        .map((name) => read(path.join(folder, name)));
      return (await Promise.all(found)).flat();
    },
    findUploadsByFingerprint: (fingerprint) => read(fileOf(fingerprint)),
    async removeUpload(file) {
      await rm(file, { force: true });
    },
    async addUpload(fingerprint, upload) {
      const file = fileOf(fingerprint);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const temporary = `${file}.${process.pid}`;
      await writeFile(temporary, JSON.stringify(upload), { mode: 0o600 });
      await rename(temporary, file);
      return file;
    },
  };
}
