import { guardDatabase } from "../shared/guard-database.ts";
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

  return guardDatabase(database, async (statements, act) => {
    const write = statements.find((sql) => isWrite.test(sql));
    await weatherThe(await weather(), write !== undefined);
    const fault = write === undefined ? null : await ask("write", write);
    if (fault === "fail") throw lost("D1 did not write");
    const result = await act();
    if (fault === "lose_answer") throw lost("D1 wrote, but did not say so");
    return result;
  });
}
