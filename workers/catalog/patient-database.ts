import { guardDatabase } from "../shared/guard-database.ts";
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
  return guardDatabase(database, async (statements, act) => {
    try {
      return await once(act, patience.answerMs);
    } catch (error) {
      const mayRepeat = statements.every((sql) => isRead.test(sql));
      if (!(error instanceof DatabaseUnavailable) || !(mayRepeat || hasNotBegun(error))) throw error;
    }
    await scheduler.wait(patience.pauseMs);
    return await once(act, patience.answerMs);
  });
}

async function once<T>(act: () => Promise<T>, answerMs: number): Promise<T> {
  try {
    return await withTimeout("the database", answerMs, act);
  } catch (error) {
    throw asDatabaseError(error);
  }
}
