import { execFile } from "node:child_process";
import { promisify } from "node:util";

let known: string | null = null;
let asked: Promise<string | null> | null = null;

/**
 * The first line of `ffmpeg -version`; null while FFmpeg does not run here. It is asked once: it does not change while this
 * process lives, and a health check must not cost a process. As long as it fails it is asked again.
 */
export async function encoderVersion(): Promise<string | null> {
  if (known !== null) return known;
  asked ??= promisify(execFile)("ffmpeg", ["-version"])
    .then(({ stdout }) => stdout.split("\n", 1)[0] ?? "")
    .catch(() => null);
  known = await asked;
  asked = null;
  return known;
}
