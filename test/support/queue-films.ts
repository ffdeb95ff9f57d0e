/** Many films with queued tasks in D1, by SQL alone: a fleet's queue as it stands on a busy day. */

/**
 * Queues `heavy` encodes (priority 10) and `light` tasks (priority 6) for each of `films` films, all at the time 0.
 * @returns the ids of the films
 */
export async function queueFilms(
  env: Pick<Env, "DB">,
  {
    films,
    heavy,
    light,
    from = 0,
    producer = "prd_1",
  }: { films: number; heavy: number; light: number; from?: number; producer?: string },
): Promise<string[]> {
  const range = "with recursive n(n) as (select 0 union all select n + 1 from n where n < ?2 - 1)";
  const asset = "'ast_' || printf('%05d', ?1 + n.n)";
  await env.DB.prepare(
    `${range} insert into assets (id, producer_id, title_id, upload_id, status, filename, source_key, source_bytes,
       source_etag, created_at, updated_at)
     select ${asset}, '${producer}', 'ttl_' || n, ${asset}, 'preparing', 'f', 'sources/' || n, 1, 'e', 0, 0 from n`,
  )
    .bind(from, films)
    .run();
  const insert = (kind: string, stage: number, priority: number, count: number) =>
    env.DB.prepare(
      `${range}, o(o) as (select 0 union all select o + 1 from o where o < ?3 - 1)
       insert into tasks (id, asset_id, producer_id, kind, ordinal, priority, stage, status, spec, queued_at, planned_seconds)
       select ${asset} || '.${stage}.${kind}.' || o.o, ${asset}, '${producer}', '${kind}', o.o, ${priority}, ${stage}, 'queued',
         '{"kind":"inspect","bytes":1}', 0, 20 from n, o where ?3 > 0`,
    ).bind(from, films, count);
  await env.DB.batch([insert("video", 5, 10, heavy), insert("audio", 4, 6, light)]);
  return Array.from({ length: films }, (_, n) => `ast_${String(from + n).padStart(5, "0")}`);
}
