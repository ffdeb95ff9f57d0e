/** Counts what reaches D1: statements, and the rows that D1 says it has read for them. */

/** The same bindings with a database that counts. */
export function countStatements<E extends Pick<Env, "DB">>(
  env: E,
): { env: E; statements: () => number; rowsRead: () => number } {
  let [statements, rows] = [0, 0];
  const note = <T>(result: T): T => {
    const meta = (result as { meta?: { rows_read?: number } } | null)?.meta;
    rows += meta?.rows_read ?? 0;
    return result;
  };
  const real = new WeakMap<object, D1PreparedStatement>();
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const counted = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      run: async () => {
        statements += 1;
        return note(await statement.run());
      },
      all: async () => {
        statements += 1;
        return note(await statement.all());
      },
      // `raw` and `first` don't say what they have read: `all` does, and has the same values in the same order.
      raw: async () => {
        statements += 1;
        const { results } = note(await statement.all<Record<string, unknown>>());
        return results.map((row) => Object.values(row));
      },
      first: async (column?: string) => {
        statements += 1;
        const { results } = note(await statement.all<Record<string, unknown>>());
        const row = results[0] ?? null;
        return column === undefined ? row : row?.[column];
      },
    } as unknown as D1PreparedStatement;
    real.set(counted, statement);
    return counted;
  };
  const DB = {
    prepare: (sql: string) => wrap(env.DB.prepare(sql)),
    batch: async (list: D1PreparedStatement[]) => {
      statements += list.length;
      const results = await env.DB.batch(list.map((one) => real.get(one) ?? one));
      results.forEach(note);
      return results;
    },
  } as unknown as D1Database;
  return { env: { ...env, DB }, statements: () => statements, rowsRead: () => rows };
}
