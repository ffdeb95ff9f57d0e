/** The lines of an export, and the files they stand in. */
import { z } from "zod";
import { digestOf } from "../shared/digest.ts";

const value = z.union([z.string(), z.number(), z.null()]);

/** A row as D1 gives it: values by column name. */
export const exportedRow = z.record(z.string(), value);

/** See {@link exportedRow}. */
export type ExportedRow = z.infer<typeof exportedRow>;

const line = z.union([
  z.strictObject({ table: z.string(), row: exportedRow }),
  z.strictObject({ table: z.string(), gone: exportedRow }),
]);

/** A row as it is, or the values by which rows are no more. */
export type ExportLine = z.infer<typeof line>;

/** The folder in SOURCES of the changes' files. */
export const changesFolder = "exports/changes/";

/** The folder in SOURCES of the whole exports, each in a folder of its own. */
export const wholeFolder = "exports/whole/";

/** A file of an export is not the one that was written. */
export class ExportDamaged extends Error {}

/** Writes an export's file; R2 refuses it when it arrives as other bytes. @returns its SHA-256, hex */
export async function putExport(
  env: Pick<Env, "SOURCES">,
  key: string,
  lines: ExportLine[],
): Promise<string> {
  const bytes = new TextEncoder().encode(lines.map((one) => `${JSON.stringify(one)}\n`).join(""));
  const sha256 = await digestOf("SHA-256", bytes);
  await env.SOURCES.put(key, bytes, { sha256, httpMetadata: { contentType: "application/jsonl" } });
  return sha256;
}

/** Reads an export's file back. @throws ExportDamaged when it is missing, has other bytes, or lines that make no sense */
export async function getExport(
  env: Pick<Env, "SOURCES">,
  key: string,
): Promise<{ lines: ExportLine[]; sha256: string }> {
  const object = await env.SOURCES.get(key);
  if (object === null) throw new ExportDamaged(`${key} is missing`);
  const bytes = await object.bytes();
  const sha256 = await digestOf("SHA-256", bytes);
  const written = object.checksums.toJSON().sha256;
  if (written !== undefined && written !== sha256) throw new ExportDamaged(`${key} has other bytes`);
  try {
    const texts = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes).split("\n");
    return { lines: texts.filter((text) => text !== "").map((text) => line.parse(JSON.parse(text))), sha256 };
  } catch (cause) {
    throw new ExportDamaged(`${key} can't be read`, { cause });
  }
}

/** The minute of a time as exports are named by it, for example `2026-11-28T11:24Z`; as text it sorts as time does. */
export function minuteName(now: number): string {
  return `${new Date(now).toISOString().slice(0, 16)}Z`;
}
