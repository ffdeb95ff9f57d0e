/**
 * The meaning of D1's errors. D1 tells them in words only: those of its list
 * (https://developers.cloudflare.com/d1/observability/debug-d1/#error-list), of the runtime below it, and of SQLite, whose result
 * code ends the sentence (`database is locked: SQLITE_BUSY`).
 */

/** Longest chain of causes that is followed; drizzle wraps D1's error once. */
const mostCauses = 5;

/** drizzle's wrapper, whose message holds the query and its values: other people's words, which say nothing about D1. */
const wrapped = /^Failed query:/;

/** Results of SQLite (https://sqlite.org/rescode.html) that another time may not have: who holds it lets go, or it starts anew. */
const passing =
  /\bSQLITE_(BUSY|LOCKED|IOERR|INTERRUPT|NOMEM|CANTOPEN|PROTOCOL|FULL|READONLY)|database (table )?is locked/i;

/** Everything else that SQLite says is about the statement or its values, and stays so. */
const final =
  /\bSQLITE_[A-Z]+|too many SQL variables|Wrong number of parameter bindings|Exceeded maximum DB size/;

/** D1 or the object that it lives in is away, begins anew, or has too much to do. */
const away =
  /network connection lost|overloaded|requests? queued|object to be reset|was reset|reset because|transient issue|client disconnected|exceeded (its|timeout|memory)|internal error|did not answer|storage operation exceeded|cannot access storage/i;

/** D1 can't be reached, is held by somebody else, or has too much to do: the same call may succeed in a moment. */
export class DatabaseUnavailable extends Error {}

/**
 * What an error says about the database. `unavailable`: nothing is wrong with the call, and it may succeed in a moment;
 * `refused`: the statement or its values can't be taken, now or later; null: the error is not the database's.
 */
export function databaseTrouble(error: unknown): "unavailable" | "refused" | null {
  for (const { message, isKnown } of causesOf(error)) {
    if (isKnown) return "unavailable";
    if (!/\bD1_(EXEC_)?ERROR\b|\bSQLITE_/.test(message)) continue;
    if (passing.test(message)) return "unavailable";
    // What D1 says in words that nobody has heard before is more often about its state than about ours.
    return final.test(message) ? "refused" : "unavailable";
  }
  return null;
}

/**
 * The error of a call of the database, as a {@link DatabaseUnavailable} where the database was not to be had. Only for errors
 * that a call of D1 threw: the runtime's own words (`Network connection lost.`) don't say whose connection it was.
 */
export function asDatabaseError(error: unknown): unknown {
  const isAway = databaseTrouble(error) === "unavailable" || saysAway(error);
  if (!isAway || error instanceof DatabaseUnavailable) return error;
  return new DatabaseUnavailable(String(error), { cause: error });
}

/** What D1 itself says in an error, for a log: without drizzle's words around it, which hold the statement's values. */
export function databaseWords(error: unknown): string {
  const words = [...causesOf(error)].map(({ message }) => message).filter((message) => message !== "");
  return words.at(-1) ?? "a query failed";
}

/** Is true of an error that says that its statement has not begun: repeating it does nothing twice. */
export function hasNotBegun(error: unknown): boolean {
  return [...causesOf(error)].some(({ message }) => /\bSQLITE_BUSY\b|database is locked/i.test(message));
}

function saysAway(error: unknown): boolean {
  return databaseTrouble(error) === null && [...causesOf(error)].some(({ message }) => away.test(message));
}

function* causesOf(error: unknown): Generator<{ message: string; isKnown: boolean }> {
  let next = error;
  for (let n = 0; n < mostCauses && next instanceof Error; n++) {
    const message = wrapped.test(next.message) ? "" : next.message;
    yield { message, isKnown: next instanceof DatabaseUnavailable };
    next = next.cause;
  }
}
