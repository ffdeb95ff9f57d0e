/**
 * Counts what D1 is asked. D1 allows 1,000 statements an invocation; a step of the cron that went beyond its share would
 * take what the steps after it need.
 */

import { guardDatabase } from "../shared/guard-database.ts";

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
  const counted = guardDatabase(database, async (statements, act) => {
    if (sent + statements.length > allowance) throw new OutOfStatements(`more than ${allowance} statements`);
    sent += statements.length;
    return await act();
  });
  return { database: counted, sent: () => sent };
}

/** True while a step may still begin something that takes about as many statements. */
export type Room = (statements: number) => boolean;
