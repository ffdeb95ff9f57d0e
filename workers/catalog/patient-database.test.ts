/** Real D1 behind a thin layer that fails as D1 does: what is asked once more, and what comes of it. */
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { faultyDatabase } from "../faults/faulty-database.ts";
import { openDatabase } from "./database.ts";
import { DatabaseUnavailable } from "./database-errors.ts";
import { patientDatabase } from "./patient-database.ts";
import { producers } from "./schema.ts";

const quick = { answerMs: 1000, pauseMs: 1 };

/** Reasons why the next calls fail, each once; null: it doesn't. */
let reasons: (string | null)[] = [];
let calls = 0;

const database = patientDatabase(
  faultyDatabase(
    env.DB,
    async () => null,
    async () => {
      calls += 1;
      const reason = reasons.shift();
      if (reason != null) throw new Error(reason);
      return "well";
    },
  ),
  quick,
);

const locked = "D1_ERROR: database is locked: SQLITE_BUSY";
const lost = "Network connection lost.";
const read = () => database.prepare("select 1 n").first<number>("n");
const write = () => database.prepare("delete from producers where id = ?").bind("nobody").run();

beforeEach(() => {
  reasons = [];
  calls = 0;
});

test("a read that failed is tried once more, and not twice", async () => {
  reasons = [lost];
  expect(await read()).toBe(1);
  reasons = [lost, lost];
  await expect(read()).rejects.toThrow(DatabaseUnavailable);
  expect(calls).toBe(4);
});

test.each(["with one as (select 1 n) select n from one", " select 1 n", "SELECT 1 AS n"])(
  "%s is a read",
  async (sql) => {
    reasons = [lost];
    expect(await database.prepare(sql).first("n")).toBe(1);
  },
);

test("a write that may have been done is not repeated; one that waited for a lock is", async () => {
  reasons = [lost];
  await expect(write()).rejects.toThrow(DatabaseUnavailable);
  expect(calls).toBe(1);
  reasons = [lost];
  const hidden = database.prepare("with one as (select 1) delete from producers where id = 'nobody'");
  await expect(hidden.run()).rejects.toThrow(DatabaseUnavailable);
  reasons = [locked];
  await write();
  expect(calls).toBe(4);
});

test("a batch is a read when all of it is", async () => {
  const one = database.prepare("select 1 n");
  const two = database.prepare("delete from producers where id = 'nobody'");
  reasons = [lost];
  expect(await database.batch([one, one])).toHaveLength(2);
  reasons = [lost];
  await expect(database.batch([one, two])).rejects.toThrow(DatabaseUnavailable);
  reasons = [locked];
  expect(await database.batch([one, two])).toHaveLength(2);
});

test("what D1 refuses comes through as it is, at once", async () => {
  await expect(database.prepare("select * from films_of_nobody").all()).rejects.toThrow("no such table");
  expect(calls).toBe(1);
  const drizzled = openDatabase({ DB: database });
  reasons = [lost];
  expect(await drizzled.select().from(producers).limit(1)).toEqual([]);
});

test("a database that says nothing is not waited for any longer", async () => {
  const silent = faultyDatabase(
    env.DB,
    async () => null,
    () => new Promise(() => undefined),
  );
  const patient = patientDatabase(silent, { answerMs: 20, pauseMs: 1 });
  await expect(patient.prepare("select 1").all()).rejects.toThrow("did not answer");
  await expect(patient.withSession().prepare("select 1").all()).rejects.toThrow(DatabaseUnavailable);
});
