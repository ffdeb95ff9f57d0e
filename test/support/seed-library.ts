/**
 * A library of any size, in a few statements: rows like those that the pipeline leaves, made inside SQLite. For tests of
 * what a question costs, and for `npm run bench -- scale`.
 */

/** Which titles to add, by number, and whose. Every second one is the producer `big`'s, the rest is shared by a hundred. */
export interface Library {
  /** Number of the first title; those of one library must not overlap. */
  from: number;
  count: number;
  /** The owner of every second title. */
  big: string;
  /** Time of the newest title, Unix milliseconds; each older one is a minute older. */
  now: number;
  /** Titles that play have their place in viewers' lists, the one of their number. The objects of the lists are not made. */
  isShelved?: boolean;
}

/** The id of the nth row of a kind: of the length of a real one, and as scattered as one. */
const idOf = (kind: string, n: string): string =>
  `'${kind}_' || printf('%010d%010d', (${n} * 2654435761) % 4294967296, ${n})`;

const words =
  "'Night', 'River', 'Garden', 'Train', 'Winter', 'Harbour', 'Stone', 'Mirror', 'Summer', 'Letter'";
const word = (n: string): string => `json_extract(json_array(${words}), '$[' || ((${n}) % 10) || ']')`;

/** Shortened sums of the tasks of a film of 100 minutes. */
const sums = JSON.stringify({
  kinds: { inspect: [1, 2.12], "audio-slices": [2, 40.5], video: [85, 21_034.25], audio: [2, 130.75] },
  ...{ stage: 3 },
});

/**
 * The statements that add a library. Of a hundred assets 97 play, one failed long ago, and two were deleted and purged; every
 * fifth title has an older film as well. Those that play are archived, as the pipeline leaves them after some minutes, but for
 * the archives themselves. Nothing of it is due for anything, but for scrubbing.
 */
export function libraryStatements(library: Library): string[] {
  const { from, count, big, now, isShelved = false } = library;
  const numbers = `with recursive n(i) as (select ${from} union all select i + 1 from n where i + 1 < ${from + count})`;
  const owner = `case when i % 2 = 0 then '${big}' else 'prd_' || printf('%020d', i % 100) end`;
  const at = `${now} - (${from + count} - i) * 60000`;
  const isReady = "i % 100 not in (7, 8, 9)";
  const assetsOf = (id: string, upload: string, where: string): string =>
    `${numbers} insert into assets (id, producer_id, title_id, upload_id, status, work, filename, language, source_key,
       source_bytes, source_etag, source_sha256, recipe_hash, revision, duration_seconds, poster_key, poster_width,
       poster_height, task_sums, created_at, updated_at, ready_at, verified_at, archived_at, deleted_at, purged_at)
     select ${id}, ${owner}, ${idOf("ttl", "i")}, ${upload},
       case i % 100 when 7 then 'errored' else 'ready' end, case i % 100 when 7 then 'failed' else 'done' end,
       'film-' || i || '.mp4', 'en', 'sources/' || ${upload}, 4000000000, printf('%032x', i), printf('%064x', i),
       'abcdef0123', 2, 6000.5, 'poster-0123456789', 1280, 720, '${sums}', ${at}, ${at}, ${at} + 600000, ${at} + 600000,
       case when ${isReady} then ${at} + 1200000 end,
       case when i % 100 in (8, 9) then ${at} + 700000 end, case when i % 100 in (8, 9) then ${at} + 800000 end
     from n where ${where}`;
  return [
    `${numbers} insert into titles (id, producer_id, slug, title, language, allowed_countries, blocked_countries,
       policy_version, has_own_policy, asset_id, shelf_position, created_at, updated_at)
     select ${idOf("ttl", "i")}, ${owner}, 'film-' || i, ${word("i")} || ' ' || ${word("i / 10")} || ' ' || i, 'en',
       case when i % 5 = 1 then '["DE","FR","US"]' end, case when i % 5 = 2 then '["NZ"]' else '[]' end,
       i % 20 = 3, i % 20 = 3, case when ${isReady} then ${idOf("ast", "i")} end,
       ${isShelved ? `case when ${isReady} then i end` : "null"}, ${at}, ${at}
     from n`,
    `${numbers} insert into policy_versions (scope, version, kind, document, producer_id, created_at)
     select ${idOf("ttl", "i")}, 1, 'own', '{"rules":[]}', ${owner}, ${at} from n where i % 20 = 3`,
    assetsOf(idOf("ast", "i"), idOf("upl", "i"), "true"),
    assetsOf(idOf("ast", "i + 500000000"), idOf("upl", "i + 500000000"), "i % 5 = 0"),
    `${numbers} insert into uploads (id, producer_id, asset_id, title_id, status, filename, metadata, length, "offset",
       part_bytes, source_key, multipart_id, created_at, updated_at, expires_at)
     select ${idOf("upl", "i")}, ${owner}, ${idOf("ast", "i")}, ${idOf("ttl", "i")}, 'asset_created', 'film-' || i || '.mp4',
       'filename ZmlsbS5tcDQ=', 4000000000, 4000000000, 67108864, 'sources/' || ${idOf("upl", "i")}, printf('%064x', i),
       ${at}, ${at}, ${at} + 604800000 from n`,
  ];
}

/**
 * The statements that add a fixed amount of work, whatever the library's size: `films` in preparation with tasks of their own,
 * and a few rows for every step of the cron.
 */
export function workStatements(options: { films: number; producer: string; now: number }): string[] {
  const { films, producer, now } = options;
  const numbers = `with recursive n(i) as (select 900000000 union all select i + 1 from n where i + 1 < ${900000000 + films})`;
  const asset = (kind: string, of: string, fields: string): string =>
    `insert into assets (id, producer_id, title_id, upload_id, filename, source_key, source_bytes, source_etag, created_at,
       ${of}) with recursive n(i) as (select 1 union all select i + 1 from n where i < 10)
     select 'ast_${kind}' || printf('%014d', i), '${producer}', 'ttl_${kind}' || i, 'upl_${kind}' || i, 'f.mp4',
       'sources/upl_${kind}' || i, 1, 'e', ${now} - 1000000, ${fields} from n`;
  const upload = (kind: string, length: number, offset: number, expires: number): string =>
    `insert into uploads (id, producer_id, asset_id, title_id, status, filename, length, "offset", part_bytes, source_key,
       multipart_id, created_at, updated_at, expires_at)
     with recursive n(i) as (select 1 union all select i + 1 from n where i < 10)
     select 'upl_${kind}' || printf('%014d', i), '${producer}', 'ast_${kind}' || i, 'ttl_${kind}' || i, 'waiting', 'f.mp4',
       ${length}, ${offset}, 5, 'sources/upl_${kind}' || i, 'm', ${now} - 1000000, ${now} - 900000, ${expires} from n`;
  return [
    `${numbers} insert into titles (id, producer_id, slug, title, created_at, updated_at)
     select ${idOf("ttl", "i")}, '${producer}', 'film-' || i, 'New film ' || i, ${now}, ${now} from n`,
    `${numbers} insert into assets (id, producer_id, title_id, upload_id, status, work, filename, source_key, source_bytes,
       source_etag, created_at, updated_at)
     select ${idOf("ast", "i")}, '${producer}', ${idOf("ttl", "i")}, ${idOf("upl", "i")}, 'preparing', 'open', 'f.mp4',
       'sources/' || i, 1, 'e', ${now}, ${now} from n`,
    `${numbers} insert into tasks (id, asset_id, producer_id, kind, ordinal, priority, stage, needs, status, spec, planned_seconds,
       queued_at, lease_until)
     select ${idOf("ast", "i")} || '.' || t.value, ${idOf("ast", "i")}, '${producer}', case when t.value < 20 then 'video' else 'audio' end,
       t.value, 5, 5, 0, case when t.value < 4 then 'queued' when t.value = 5 and i % 2 = 0 then 'running' else 'pending' end, '{}', 20,
       ${now}, ${now} + 30000
     from n, json_each((with recursive k(v) as (select 0 union all select v + 1 from k where v < 24) select json_group_array(v) from k)) t`,
    asset("w", "status, work, updated_at", `'waiting', 'open', ${now} - 500000`),
    asset("s", "status, work, updated_at", `'preparing', 'open', ${now} - 500000`),
    asset("f", "status, work, updated_at", `'errored', 'failed', ${now} - 60000`),
    asset(
      "d",
      "status, work, updated_at, deleted_at",
      `'ready', 'done', ${now} - 100000, ${now} - 90 * 86400000`,
    ),
    `insert into renditions (asset_id, key, kind, label, status, remove_after)
     select id, 'v-old', 'video', 'old', 'retired', ${now} - 1 from assets where status = 'ready' and work = 'done' and deleted_at is null limit 10`,
    upload("x", 10, 5, now - 1),
    upload("h", 10, 10, now + 1e8),
    upload("o", 10, 5, now + 1e8),
  ];
}

/** Adds statements to a database, each on its own; notes no changes, because nobody is to follow them. */
export async function seed(run: (sql: string) => Promise<unknown>, statements: string[]): Promise<void> {
  for (const statement of statements) await run(statement);
  await run("delete from changes");
}
