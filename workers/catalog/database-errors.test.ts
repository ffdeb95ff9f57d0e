import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { openDatabase } from "./database.ts";
import {
  asDatabaseError,
  DatabaseUnavailable,
  databaseTrouble,
  databaseWords,
  hasNotBegun,
} from "./database-errors.ts";
import { producers } from "./schema.ts";

// Cloudflare's list, and what workerd says on a laptop.
test.each([
  "D1_ERROR: D1 DB reset because its code was updated.",
  "D1_ERROR: Internal error while starting up D1 DB storage caused object to be reset.",
  "D1_ERROR: Network connection lost.",
  "D1_ERROR: Internal error in D1 DB storage caused object to be reset.",
  "D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.",
  "D1_ERROR: Can't read from request stream because client disconnected.",
  "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
  "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
  "D1_ERROR: D1 DB is overloaded. Too many requests queued.",
  "D1_ERROR: D1 DB's isolate exceeded its memory limit and was reset.",
  "D1_ERROR: D1 DB exceeded its CPU time limit and was reset.",
  "D1_ERROR: database is locked: SQLITE_BUSY",
  "D1_ERROR: disk I/O error: SQLITE_IOERR_WRITE",
  "D1_ERROR: words that nobody has heard before",
])("%s: in a moment", (message) => {
  expect(databaseTrouble(new Error(message))).toBe("unavailable");
  expect(databaseTrouble(new Error("Failed query: select 1", { cause: new Error(message) }))).toBe(
    "unavailable",
  );
  expect(asDatabaseError(new Error(message))).toBeInstanceOf(DatabaseUnavailable);
});

test.each([
  "D1_ERROR: UNIQUE constraint failed: producers.id: SQLITE_CONSTRAINT_PRIMARYKEY",
  "D1_ERROR: no such table: films at offset 14: SQLITE_ERROR",
  "D1_ERROR: string or blob too big: SQLITE_TOOBIG",
  "D1_EXEC_ERROR: Error in line 1: INSERTZ: sql error: near INSERTZ: syntax error: SQLITE_ERROR",
  "D1_ERROR: too many SQL variables at offset 305: SQLITE_ERROR",
])("%s: never", (message) => {
  const error = new Error(message);
  expect(databaseTrouble(error)).toBe("refused");
  expect(asDatabaseError(error)).toBe(error);
});

test("words of the runtime mean the database only where a call of it threw them", () => {
  const error = new Error("Network connection lost.");
  expect(databaseTrouble(error)).toBeNull();
  expect(databaseTrouble(asDatabaseError(error))).toBe("unavailable");
  expect(databaseTrouble(new TypeError("x is undefined"))).toBeNull();
  expect(asDatabaseError("words")).toBe("words");
});

test("the log gets D1's words, and none of a statement's values", () => {
  const cause = new Error("D1_ERROR: Network connection lost.");
  expect(databaseWords(new Error("Failed query: select ?\nparams: secret", { cause }))).toBe(cause.message);
  expect(databaseWords(new Error("Failed query: select ?\nparams: secret"))).toBe("a query failed");
});

test("only who waited for another's lock has surely done nothing", () => {
  expect(hasNotBegun(new Error("D1_ERROR: database is locked: SQLITE_BUSY"))).toBe(true);
  expect(hasNotBegun(new Error("D1_ERROR: Network connection lost."))).toBe(false);
});

test("D1 itself says so in these words", async () => {
  const wrong = env.DB.prepare("select * from films_of_nobody").all();
  expect(databaseTrouble(await wrong.catch((error: unknown) => error))).toBe("refused");
  const row = { id: "prd_twice", name: "Twice", createdAt: 0 };
  const db = openDatabase(env);
  await db.insert(producers).values(row);
  const twice = await db
    .insert(producers)
    .values(row)
    .catch((error: unknown) => error);
  expect(databaseTrouble(twice)).toBe("refused");
});
