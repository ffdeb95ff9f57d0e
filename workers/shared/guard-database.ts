/**
 * Stands between a database and whoever asks it: each call that reaches D1 goes through `guard`, which lets it happen, when and as
 * often as it likes, or refuses it.
 * @param guard gets the SQL of the call, one text for each statement of a batch, and the call itself
 */
export function guardDatabase(
  database: D1Database,
  guard: <T>(statements: readonly string[], act: () => Promise<T>) => Promise<T>,
): D1Database {
  /** The statement behind ours, for `batch`, and its SQL. */
  const real = new WeakMap<D1PreparedStatement, { statement: D1PreparedStatement; sql: string }>();

  const wrap = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const wrapped: D1PreparedStatement = new Proxy(statement, {
      get: (_, name) => {
        if (name === "bind") return (...values: unknown[]) => wrap(statement.bind(...values), sql);
        const value: unknown = Reflect.get(statement, name, statement);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => guard([sql], async () => value.apply(statement, args));
      },
    });
    real.set(wrapped, { statement, sql });
    return wrapped;
  };

  return new Proxy(database, {
    get: (_, name) => {
      if (name === "prepare") return (sql: string) => wrap(database.prepare(sql), sql);
      if (name === "batch") {
        return (statements: D1PreparedStatement[]) => {
          const plain = statements.map((one) => real.get(one) ?? { statement: one, sql: "" });
          return guard(
            plain.map(({ sql }) => sql),
            () => database.batch(plain.map(({ statement }) => statement)),
          );
        };
      }
      if (name === "withSession") {
        return (...args: Parameters<D1Database["withSession"]>) =>
          // A session has all that is replaced here, but not D1Database's whole interface.
          guardDatabase(database.withSession(...args) as unknown as D1Database, guard);
      }
      const value: unknown = Reflect.get(database, name, database);
      return typeof value === "function" ? value.bind(database) : value;
    },
  });
}
