import { withTimeout } from "../shared/with-timeout.ts";
import { asDatabaseError, DatabaseUnavailable, hasNotBegun } from "./database-errors.ts";

/** The way in which a database is asked. */
export interface Patience {
  /** Longest wait for one answer, milliseconds. */
  answerMs: number;
  /** Pause before the second try, milliseconds. */
  pauseMs: number;
}

/** D1 itself ends a query after 30 s; a lock that another program holds for a moment is gone in a fraction of a second. */
const usual: Patience = { answerMs: 35_000, pauseMs: 250 };

const isRead = /^\s*(select|explain|with(?![\s\S]*\b(insert|update|delete|replace)\b))\b/i;

/**
 * A database that is asked with a limit, and once more where that is harmless: reads, and whatever has surely not begun. What it
 * then still can't do it says with a {@link DatabaseUnavailable}, which every border answers with 503 and `Retry-After`.
 */
export function patientDatabase(database: D1Database, patience: Patience = usual): D1Database {
  /** The statement behind ours, for `batch`, and its SQL. */
  const real = new WeakMap<D1PreparedStatement, { statement: D1PreparedStatement; sql: string }>();

  const ask = async <T>(mayRepeat: boolean, act: () => Promise<T>): Promise<T> => {
    try {
      return await once(act, patience.answerMs);
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) || !(mayRepeat || hasNotBegun(error))) throw error;
    }
    await scheduler.wait(patience.pauseMs);
    return await once(act, patience.answerMs);
  };

  const wrap = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const wrapped: D1PreparedStatement = new Proxy(statement, {
      get: (_, name) => {
        if (name === "bind") return (...values: unknown[]) => wrap(statement.bind(...values), sql);
        const value: unknown = Reflect.get(statement, name, statement);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => ask(isRead.test(sql), async () => value.apply(statement, args));
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
          const isAllRead = plain.every(({ sql }) => isRead.test(sql));
          return ask(isAllRead, () => database.batch(plain.map(({ statement }) => statement)));
        };
      }
      if (name === "withSession") {
        return (...args: Parameters<D1Database["withSession"]>) =>
          // A session has all that is replaced here, but not D1Database's whole interface.
          patientDatabase(database.withSession(...args) as unknown as D1Database, patience);
      }
      const value: unknown = Reflect.get(database, name, database);
      return typeof value === "function" ? value.bind(database) : value;
    },
  });
}

async function once<T>(act: () => Promise<T>, answerMs: number): Promise<T> {
  try {
    return await withTimeout("the database", answerMs, act);
  } catch (error) {
    throw asDatabaseError(error);
  }
}
