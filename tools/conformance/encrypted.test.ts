/** An encrypted presentation is opened with its keys, and then checked like a clear one. */
import { createCipheriv, createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  encryptIframePlaylist,
  encryptPlaylist,
  iframePlace,
} from "../../workers/playback/encryption/encrypt-playlist.ts";
import { checkPresentation } from "./check-presentation.ts";
import { brokenMusts } from "./check-rules.ts";
import { makePresentation } from "./testing/make-presentation.ts";

const scratch = mkdtempSync(path.join(tmpdir(), "marquee-conformance-encrypted-"));
const clear = path.join(scratch, "clear");
const secret = path.join(scratch, "secret");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const keyOf = (file: string) => createHash("md5").update(file).digest();

/** A piece as RFC 8216 §5.2 wants it where no IV is named. */
function encrypt(bytes: Buffer, keyFile: string, sequence: number): Buffer {
  const iv = Buffer.from(sequence.toString(16).padStart(32, "0"), "hex");
  const cipher = createCipheriv("aes-128-cbc", keyOf(keyFile), iv);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

/** The key file that a playlist names for each of its pieces, and the keys, written. */
function keysOf(playlist: string, folder: string): string[] {
  let keyFile = "";
  return playlist.split("\n").flatMap((line) => {
    keyFile = /^#EXT-X-KEY:.*URI="([^"]+)"/.exec(line)?.[1] ?? keyFile;
    if (line === "" || line.startsWith("#")) return [];
    writeFileSync(path.join(folder, keyFile), keyOf(keyFile));
    return [keyFile];
  });
}

beforeAll(async () => {
  await makePresentation(clear);
  for (const entry of readdirSync(clear, { recursive: true, encoding: "utf8" })) {
    const [from, to] = [path.join(clear, entry), path.join(secret, entry)];
    mkdirSync(path.dirname(to), { recursive: true });
    if (/(main\.m3u8|init\.mp4)$/.test(entry)) writeFileSync(to, readFileSync(from));
    if (entry.endsWith("/playlist.m3u8")) {
      const playlist = encryptPlaylist(readFileSync(from, "utf8"));
      writeFileSync(to, playlist);
      for (const [n, keyFile] of keysOf(playlist, path.dirname(to)).entries()) {
        const file = `seg-${String(n).padStart(5, "0")}.m4s`;
        const bytes = readFileSync(path.join(path.dirname(from), file));
        writeFileSync(path.join(path.dirname(to), file), encrypt(bytes, keyFile, n));
      }
    }
    if (entry.endsWith("/iframes.m3u8")) {
      const stored = readFileSync(from, "utf8");
      const playlist = encryptIframePlaylist(stored);
      writeFileSync(to, playlist);
      for (const [n, keyFile] of keysOf(playlist, path.dirname(to)).entries()) {
        const place = iframePlace(stored, n);
        if (place === null) throw new Error(`no I-frame ${n}`);
        const segment = readFileSync(path.join(path.dirname(from), place.file));
        const bytes = segment.subarray(place.offset, place.offset + place.bytes);
        const file = `iframe-${String(n).padStart(5, "0")}.m4s`;
        writeFileSync(path.join(path.dirname(to), file), encrypt(bytes, keyFile, n));
      }
    }
  }
});

test("it breaks what the clear one breaks, and nothing else, and decodes to the same pictures", async () => {
  const [before, after] = [
    await checkPresentation(clear, { decode: true }),
    await checkPresentation(secret, { decode: true }),
  ];
  expect(after.presentation.troubles).toEqual([]);
  expect(brokenMusts(after.results)).toEqual([]);
  expect(after.results.map(({ id, verdict }) => [id, verdict])).toEqual(
    before.results.map(({ id, verdict }) => [id, verdict]),
  );
  const decoded = (of: typeof before) =>
    of.presentation.decoded?.map(({ frames, errors }) => [frames, errors]);
  expect(decoded(after)).toEqual(decoded(before));
});

test("a key that does not fit, and one that is not there, are said plainly", async () => {
  const video = readdirSync(secret).find((name) => name.startsWith("v240p")) ?? "";
  const keyFile = path.join(secret, video, "segments-00000.key");
  const right = readFileSync(keyFile);
  const whatOf = async () =>
    new Set((await checkPresentation(secret)).presentation.troubles.map(({ what }) => what));
  writeFileSync(keyFile, Buffer.alloc(15));
  expect(await whatOf()).toEqual(new Set(["its key has 15 bytes, not 16"]));
  rmSync(keyFile);
  expect(await whatOf()).toEqual(new Set(["its key can't be had: there is no such file"]));
  writeFileSync(keyFile, right);
  expect(await whatOf()).toEqual(new Set());
});
