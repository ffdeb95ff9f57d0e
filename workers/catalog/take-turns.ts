/**
 * Rows in turn: each run takes the next few and remembers the last one, so that rows which can't be dealt with never keep
 * the others from their turn, and a run reads no more rows than it takes.
 */
import { z } from "zod";
import type { Database } from "./database.ts";
import { readState, writeState } from "./service-state.ts";

/** A row's place in the order of its query: the columns that the query sorts by. */
export type Place = (string | number)[];

const place = z.array(z.union([z.string(), z.number()]));

/** A round of rows that are dealt with in turn. */
export interface Round<Row> {
  /** Names the round; its mark is kept in `service_state` as `turn:{name}`. */
  name: string;
  /** Rows that one call takes. */
  limit: number;
  /** Reads rows in order, those behind `after` only (null: from the beginning), at most `limit`. */
  read: (after: Place | null, limit: number) => Promise<Row[]>;
  placeOf: (row: Row) => Place;
  /** Deals with a row. One that throws is logged and has had its turn. */
  act: (row: Row) => Promise<void>;
  /** False when no more rows may be begun in this run. */
  room?: () => boolean;
}

/** Gives the next rows of a round their turn. After the last row it goes on with the first. @returns how many had it */
export async function takeTurns<Row>(db: Database, round: Round<Row>, now: number): Promise<number> {
  const state = `turn:${round.name}`;
  const mark = readPlace(await readState(db, state));
  const rows = await round.read(mark, round.limit);
  if (mark !== null && rows.length < round.limit) {
    const first = await round.read(null, round.limit - rows.length);
    const seen = new Set(rows.map((row) => JSON.stringify(round.placeOf(row))));
    rows.push(...first.filter((row) => !seen.has(JSON.stringify(round.placeOf(row)))));
  }
  let last: Row | undefined;
  let taken = 0;
  for (const row of rows) {
    if (round.room?.() === false) break;
    try {
      await round.act(row);
    } catch (error) {
      console.error("could not", round.name, round.placeOf(row), error);
    }
    last = row;
    taken += 1;
  }
  // When every row had its turn there is no place to go on from, and nothing to write.
  if (last !== undefined && (taken < rows.length || rows.length === round.limit)) {
    await writeState(db, state, JSON.stringify(round.placeOf(last)), now);
  }
  return taken;
}

function readPlace(value: string | null): Place | null {
  return value === null ? null : place.parse(JSON.parse(value));
}
