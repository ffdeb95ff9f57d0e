import { changesFolder, minuteName, wholeFolder } from "./export-line.ts";

/** Exports stay for this long: longer than what is deleted stays (30 days), so that a mistake is found in time. */
const keptMs = 35 * 86_400_000;

/**
 * Removes exports that are older than 35 days, at most a thousand objects a run, oldest first. Only when a newer whole export
 * has its `done.json`: without one, the old ones are all there is.
 */
export async function removeOldExports(env: Pick<Env, "SOURCES">, now: number): Promise<void> {
  const oldest = minuteName(now - keptMs);
  const folders = await listWholeExports(env);
  const newest = await newestWholeExport(env, folders);
  if (newest === null || newest < wholeFolder + oldest) return;
  const old = folders.find((folder) => folder < wholeFolder + oldest);
  if (old !== undefined) {
    // Without its `done.json` a folder that is half gone is never taken for whole.
    await env.SOURCES.delete(`${old}done.json`);
    await removePage(env, old, () => true);
  }
  await removePage(env, changesFolder, (key) => key < changesFolder + oldest);
}

/** The folders of all whole exports, unfinished ones too, oldest first. There are about 36. */
export async function listWholeExports(env: Pick<Env, "SOURCES">): Promise<string[]> {
  const folders: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await env.SOURCES.list({
      ...{ prefix: wholeFolder, delimiter: "/" },
      ...(cursor === undefined ? {} : { cursor }),
    });
    folders.push(...page.delimitedPrefixes);
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return folders.sort();
}

/** The folder of the newest whole export that was finished; null when there is none. */
export async function newestWholeExport(
  env: Pick<Env, "SOURCES">,
  folders: readonly string[],
): Promise<string | null> {
  for (const folder of folders.toReversed()) {
    if ((await env.SOURCES.head(`${folder}done.json`)) !== null) return folder;
  }
  return null;
}

async function removePage(
  env: Pick<Env, "SOURCES">,
  prefix: string,
  isOld: (key: string) => boolean,
): Promise<void> {
  const { objects } = await env.SOURCES.list({ prefix });
  const keys = objects.map(({ key }) => key).filter(isOld);
  if (keys.length > 0) await env.SOURCES.delete(keys);
}
