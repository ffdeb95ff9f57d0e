/**
 * Counts what D1 is asked. D1 allows 1,000 statements an invocation; a step of the cron that went beyond its share would
 * take what the steps after it need.
 */

/** Thrown by a database whose allowance is used up; what was being done goes on with the next run. */
export class OutOfStatements extends Error {}

/** A database that counts, and how many statements it has sent. */
export interface CountedDatabase {
  database: D1Database;
  sent: () => number;
}

/** Wraps a database so that it sends at most `allowance` statements. A batch counts as many as it holds. */
export function countStatements(database: D1Database, allowance: number): CountedDatabase {
  let sent = 0;
  /** The statements behind ours, for `batch`. */
  const real = new WeakMap<D1PreparedStatement, D1PreparedStatement>();

  const spend = (count: number): void => {
    if (sent + count > allowance) throw new OutOfStatements(`more than ${allowance} statements`);
    sent += count;
  };

  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = new Proxy(statement, {
      get: (_, name) => {
        if (name === "bind") return (...values: unknown[]) => wrap(statement.bind(...values));
        const value: unknown = Reflect.get(statement, name, statement);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]): Promise<unknown> => {
          spend(1);
          return await value.apply(statement, args);
        };
      },
    });
    real.set(wrapped, statement);
    return wrapped;
  };

  const counted = new Proxy(database, {
    get: (_, name) => {
      if (name === "prepare") return (sql: string) => wrap(database.prepare(sql));
      if (name === "batch") {
        return async (statements: D1PreparedStatement[]) => {
          spend(statements.length);
          return await database.batch(statements.map((one) => real.get(one) ?? one));
        };
      }
      if (name === "withSession") return () => counted;
      const value: unknown = Reflect.get(database, name, database);
      return typeof value === "function" ? value.bind(database) : value;
    },
  });
  return { database: counted, sent: () => sent };
}

/** True while a step may still begin something that takes about as many statements. */
export type Room = (statements: number) => boolean;
