/** Upload-Metadata of tus 1.0.0 (Creation): comma-separated pairs of a key and a base64 value. */

import { Problem } from "../http/problem.ts";
import { hasAtMost } from "../shared/characters.ts";
import { isPlainText, isVisible, withoutOverrides } from "../shared/readable-text.ts";

/** The values that Marquee takes from Upload-Metadata; other keys are kept but not used. */
export interface UploadMetadata {
  filename: string;
  filetype: string | null;
  title: string | null;
  /** BCP 47, canonical (RFC 5646 §4.5), of the film's main audio. */
  language: string | null;
}

/** Longest Upload-Metadata header, characters. */
const maxMetadataCharacters = 8192;
const maxFilenameCharacters = 255;
const maxFiletypeCharacters = 255;
const maxTitleCharacters = 200;

/**
 * Parses the header strictly. A missing file name becomes `untitled`; `name` and `type` are read where `filename` and
 * `filetype` are missing, because Uppy sends those.
 * @throws Problem 431 `metadata_too_large`, 400 `invalid_metadata` with `key`.
 */
export function parseUploadMetadata(header: string): UploadMetadata {
  if (header.length > maxMetadataCharacters) {
    throw new Problem(
      431,
      "metadata_too_large",
      `Upload-Metadata has ${header.length} characters; send at most ${maxMetadataCharacters}.`,
    );
  }
  const values = parsePairs(header);
  const text = (maxCharacters: number, ...keys: string[]): string | null => {
    for (const key of keys) {
      const value = values.get(key);
      if (value === undefined || value === "") continue;
      if (!isPlainText(value)) throw invalid(key, "has control characters");
      if (!hasAtMost(value, maxCharacters)) throw invalid(key, `is longer than ${maxCharacters} characters`);
      return withoutOverrides(value);
    }
    return null;
  };
  const filename = text(maxFilenameCharacters, "filename", "name")?.split(/[/\\]/).at(-1)?.trim();
  const title = text(maxTitleCharacters, "title")?.trim();
  return {
    filename: filename !== undefined && isVisible(filename) ? filename : "untitled",
    filetype: text(maxFiletypeCharacters, "filetype", "type"),
    title: title !== undefined && isVisible(title) ? title : null,
    language: parseLanguage(text(35, "language")),
  };
}

function parsePairs(header: string): Map<string, string> {
  const values = new Map<string, string>();
  if (header.trim() === "") return values;
  for (const pair of header.split(",")) {
    const match = /^([\x21-\x2b\x2d-\x7e]+)(?: +([A-Za-z0-9+/]+={0,2}))?$/.exec(pair.trim());
    const key = match?.[1];
    if (key === undefined) throw invalid(pair.trim().split(" ", 1)[0] ?? "", "is not `key base64value`");
    if (values.has(key)) throw invalid(key, "is there twice");
    values.set(key, decode(key, match?.[2] ?? ""));
  }
  return values;
}

function decode(key: string, base64: string): string {
  try {
    const bytes = Uint8Array.fromBase64(base64, { lastChunkHandling: "strict" });
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalid(key, "is not base64 of UTF-8 text");
  }
}

function parseLanguage(tag: string | null): string | null {
  if (tag === null) return null;
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    throw invalid("language", "is not a BCP 47 language tag such as `en` or `pt-BR`");
  }
}

function invalid(key: string, what: string): Problem {
  return new Problem(
    400,
    "invalid_metadata",
    `Upload-Metadata: \`${key}\` ${what}. Correct it and send again.`,
    {
      members: { key },
    },
  );
}
