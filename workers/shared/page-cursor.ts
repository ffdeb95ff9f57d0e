/** The place at which a newest-first list goes on: after the row with this creation time (Unix milliseconds) and id. */
export interface PageCursor {
  createdAt: number;
  id: string;
}

/** The text of a cursor as it stands in URLs and API answers; clients treat it as opaque. */
export function writeCursor(cursor: PageCursor): string {
  return `${cursor.createdAt.toString(36)}-${cursor.id}`;
}

/** Reads {@link writeCursor}'s text back; null when it is not one of ours. */
export function readCursor(text: string): PageCursor | null {
  const match = /^([0-9a-z]{1,10})-([a-z]{3}_[0-9a-z]{1,40})$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  return { createdAt: Number.parseInt(match[1], 36), id: match[2] };
}
