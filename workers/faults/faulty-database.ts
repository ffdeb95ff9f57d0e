import { type Ask, InjectedFault, type Weather } from "./ask-controller.ts";

/** D1 gives up a statement after this long, milliseconds. */
const longestMs = 30_000;

/** A slow database looks this often whether it is well again, milliseconds. */
const lookMs = 250;

/** What D1 says when the way to it breaks; in parentheses what was done to it. */
const lost = (what: string): InjectedFault =>
  new InjectedFault(`D1_ERROR: Network connection lost. (${what})`);

const isWrite = /^\s*(insert|update|delete|replace)\b/i;

/**
 * A database whose writes fail: before they are done, or after, so that only the answer is lost.
 * @param weather of the whole database
 */
export function faultyDatabase(
  database: D1Database,
  ask: Ask,
  weather: () => Promise<Weather["database"]> = async () => "well",
): D1Database {
  /** The statement behind ours, for `batch`, and its SQL. */
  const real = new WeakMap<D1PreparedStatement, { statement: D1PreparedStatement; sql: string }>();

  const weatherThe = async (state: Weather["database"], writes: boolean): Promise<void> => {
    if (state === "unreachable") throw lost("D1 is unreachable");
    if (writes && state === "read-only") {
      throw new InjectedFault("D1_ERROR: attempt to write a readonly database: SQLITE_READONLY");
    }
    if (writes && state === "full") {
      throw new InjectedFault("D1_ERROR: Exceeded maximum DB size: SQLITE_FULL");
    }
    const until = Date.now() + longestMs;
    for (let now: Weather["database"] = state; now === "slow"; now = await weather()) {
      if (Date.now() > until) throw new InjectedFault("D1 DB storage operation exceeded timeout");
      await scheduler.wait(lookMs);
    }
  };

  const guard = async <T>(sql: string, act: () => Promise<T>): Promise<T> => {
    await weatherThe(await weather(), isWrite.test(sql));
    const fault = isWrite.test(sql) ? await ask("write", sql) : null;
    if (fault === "fail") throw lost("D1 did not write");
    const result = await act();
    if (fault === "lose_answer") throw lost("D1 wrote, but did not say so");
    return result;
  };

  const wrap = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const wrapped: D1PreparedStatement = new Proxy(statement, {
      get: (_, name) => {
        if (name === "bind") return (...values: unknown[]) => wrap(statement.bind(...values), sql);
        const value: unknown = Reflect.get(statement, name, statement);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => guard(sql, async () => value.apply(statement, args));
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
          const write = plain.find(({ sql }) => isWrite.test(sql));
          return guard(write?.sql ?? "", () => database.batch(plain.map(({ statement }) => statement)));
        };
      }
      if (name === "withSession") {
        return (...args: Parameters<D1Database["withSession"]>) =>
          // A session has all that is replaced here, but not D1Database's whole interface.
          faultyDatabase(database.withSession(...args) as unknown as D1Database, ask, weather);
      }
      const value: unknown = Reflect.get(database, name, database);
      return typeof value === "function" ? value.bind(database) : value;
    },
  });
}
