/** The last step of a rebuild: open uploads can go on, and the database becomes the buckets' own. */
import { newestChange } from "../../catalog/changes.ts";
import { openDatabase } from "../../catalog/database.ts";
import { writeState } from "../../catalog/service-state.ts";
import type { Stamp } from "../../safety/check-epoch.ts";
import { parseStamp, readStamp, stateNames } from "../../safety/epoch-stamp.ts";
import { changesFolder, type ExportLine } from "../export-line.ts";
import { clockName, wholeStateName } from "../export-state.ts";
import { type Stored, storeLines } from "../store-rows.ts";

/** Numbers, marks and leases of the lost database, which mean nothing in this one: they begin anew. */
const forgotten = /^(consumer|export|library|lease|turn|edge|media-copy|source-digest)|^(epoch|clock)$/;

/**
 * Restores what the service knew of itself, and takes the buckets' epoch last.
 *
 * @param states the exported lines of `service_state`
 */
export async function finishRebuild(env: Env, states: ExportLine[], now: number): Promise<Stored> {
  const db = openDatabase(env);
  await repairOpenUploads(env);
  const stored = await storeLines(
    env,
    states.filter((line) => "row" in line && !forgotten.test(String(line.row.name))),
  );
  // All that was restored is exported already. Other consumers (the edge, search) take it as changes.
  await writeState(db, "consumer:export", String(await newestChange(db)), now);
  await writeState(db, clockName, String(Math.max(now, await newestExport(env))), now);
  await env.DB.prepare("delete from service_state where name = ?").bind(wholeStateName).run();
  const exported = states.flatMap((line) =>
    "row" in line && line.row.name === stateNames.stamp ? [parseStamp(String(line.row.value))] : [],
  );
  const sources = (await readStamp(env.SOURCES))?.stamp ?? null;
  const media = (await readStamp(env.MEDIA))?.stamp ?? null;
  if (sources !== null && media !== null && sources.epoch !== media.epoch) {
    stored.problems.push(
      "The two buckets name different databases in epoch.json. Check that they belong together.",
    );
  }
  const stamps = [sources, media, ...exported].filter((one) => one !== null);
  const epoch = stamps[0]?.epoch;
  if (epoch !== undefined) {
    const generation = Math.max(...stamps.map((one) => one.generation)) + 1;
    await writeState(db, stateNames.stamp, JSON.stringify({ epoch, generation } satisfies Stamp), now);
  }
  return stored;
}

/**
 * An upload that was open goes on behind the parts that are known: later ones are sent again. Numbers of parts go on as well,
 * since a part that is sent again replaces the one that was forgotten.
 */
async function repairOpenUploads(env: Pick<Env, "DB">): Promise<void> {
  await env.DB.batch([
    env.DB.prepare(
      "delete from upload_parts where upload_id not in (select id from uploads where status = 'waiting')",
    ),
    env.DB.prepare(
      `update uploads set writing = 0, tail = '[]', tail_bytes = 0,
         offset = (select coalesce(sum(bytes), 0) from upload_parts where upload_id = uploads.id),
         next_part = max(next_part, 1 + (select coalesce(max(part_number), 0) from upload_parts where upload_id = uploads.id))
       where status = 'waiting'`,
    ),
  ]);
}

/** The minute of the newest changes' file, Unix milliseconds: exports go on behind it. */
async function newestExport(env: Pick<Env, "SOURCES">): Promise<number> {
  let newest = 0;
  let startAfter = changesFolder;
  for (;;) {
    const { objects, truncated } = await env.SOURCES.list({ prefix: changesFolder, startAfter });
    const last = objects.at(-1)?.key;
    if (last === undefined) return newest;
    newest = Date.parse(last.slice(changesFolder.length, last.indexOf("Z-") + 1)) || newest;
    if (!truncated) return newest;
    startAfter = last;
  }
}
