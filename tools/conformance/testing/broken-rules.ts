/** The rules that a film made by the transcoder breaks, as it would be published. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TranscodedFilm } from "../../../test/support/transcoder/transcode-film.ts";
import { checkPresentation } from "../check-presentation.ts";
import { brokenMusts } from "../check-rules.ts";
import { writePresentation } from "./write-presentation.ts";

/** @returns a line for each rule that must hold and does not. */
export async function brokenRules(film: TranscodedFilm): Promise<string[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-test-"));
  try {
    await writePresentation(film, folder);
    const { results } = await checkPresentation(folder);
    return brokenMusts(results).map(
      ({ id, findings }) => `${id}: ${findings[0]?.where}: ${findings[0]?.what}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
