/** Reads what D1 itself says of each statement: the rows that it read, which is what it bills. */
interface Meta {
  rows_read?: number;
  rows_written?: number;
  duration?: number;
  size_after?: number;
}

interface Sending {
  _sendOrThrow: (endpoint: string, sql: string, ...rest: unknown[]) => Promise<unknown>;
}

/** What was asked since the last reset. `worst`: the statement that read the most rows. */
export interface Meter {
  statements: number;
  rowsRead: number;
  rowsWritten: number;
  /** SQLite's own time, whole milliseconds a statement. */
  sqlMs: number;
  /** The size of the database after the last statement, bytes. */
  bytes: number;
  worst: { sql: string; rows: number };
  reset: () => void;
}

/**
 * Begins to meter everything that this isolate asks of a database. workerd gives `meta` to `run()` and `all()` only, so its
 * own way of sending is tapped.
 */
export function meterDatabase(database: D1Database): Meter {
  const meter: Meter = {
    ...{ statements: 0, rowsRead: 0, rowsWritten: 0, sqlMs: 0, bytes: 0, worst: { sql: "", rows: 0 } },
    reset: () => {
      Object.assign(meter, {
        statements: 0,
        rowsRead: 0,
        rowsWritten: 0,
        sqlMs: 0,
        worst: { sql: "", rows: 0 },
      });
    },
  };
  const { dbSession } = database.prepare("select 1") as unknown as { dbSession: object };
  let owner: object | null = dbSession;
  while (owner !== null && !Object.hasOwn(owner, "_sendOrThrow")) owner = Object.getPrototypeOf(owner);
  const tapped = owner as Sending | null;
  if (tapped === null) throw new Error("workerd sends to D1 in another way now");
  const send = tapped._sendOrThrow;
  tapped._sendOrThrow = async function (this: unknown, endpoint, sql, ...rest) {
    const answer = await send.call(this, endpoint, sql, ...rest);
    for (const { meta } of [answer].flat() as { meta?: Meta }[]) {
      const rows = meta?.rows_read ?? 0;
      meter.statements += 1;
      meter.rowsRead += rows;
      meter.rowsWritten += meta?.rows_written ?? 0;
      meter.sqlMs += meta?.duration ?? 0;
      meter.bytes = meta?.size_after ?? meter.bytes;
      if (rows > meter.worst.rows) meter.worst = { sql: JSON.stringify(sql), rows };
    }
    return answer;
  };
  return meter;
}
