/** The secrets of a laptop: random, in `.dev.vars` (ignored by git), which `wrangler dev` reads. */
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { localTranscoder, transcoderKey } from "../../workers/shared/transcoder-key.ts";
import { projectRoot } from "./project-root.ts";

const devVars = path.join(projectRoot, ".dev.vars");

/** A new set of keys that sign playback tokens, as the PLAYBACK_KEYS secret holds it. */
export function newPlaybackKeys(): string {
  return JSON.stringify({ current: "k1", keys: { k1: randomBytes(32).toString("base64url") } });
}

/** A new set of secrets that the keys of encrypted films come from, as the CONTENT_KEYS secret holds it. */
export function newContentKeys(): string {
  return JSON.stringify({ current: "c1", keys: { c1: randomBytes(32).toString("base64url") } });
}

/** A new secret that signs the transcoder's per-task grants. */
export function newGrantSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** A new key that opens `Marquee-Debug`. */
export function newDebugKey(): string {
  return randomBytes(32).toString("base64url");
}

/** Adds every missing secret to the end of `.dev.vars`. The rest stays as it is, byte for byte. */
export function completeSecrets(text: string, make: Record<string, () => string>): string {
  const missing = Object.keys(make).filter(
    (name) => !new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=`, "m").test(text),
  );
  const lines = missing.map((name) => `${name}='${make[name]?.()}'\n`);
  return `${text === "" || text.endsWith("\n") ? text : `${text}\n`}${lines.join("")}`;
}

/** The key of this laptop's transcoder, which the Worker makes of the same secret. */
export async function localTranscoderKey(file: string = devVars): Promise<string> {
  const { GRANT_SECRET = "" } = parseEnv(readFileSync(file, "utf8"));
  return await transcoderKey(GRANT_SECRET, localTranscoder);
}

/** Creates `.dev.vars`, or adds to it what is missing. */
export function ensureLocalSecrets(file: string = devVars): void {
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const after = completeSecrets(before, {
    PLAYBACK_KEYS: newPlaybackKeys,
    CONTENT_KEYS: newContentKeys,
    GRANT_SECRET: newGrantSecret,
    DEBUG_KEY: newDebugKey,
  });
  if (after === before) return;
  writeFileSync(file, after, { mode: 0o600 });
  chmodSync(file, 0o600);
}
