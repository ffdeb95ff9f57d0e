/** The scheduler's decisions, on a clock in the test's hands. */
import { expect, test } from "vitest";
import { callAgainMs, FleetSchedule, type Grant, holderMs } from "./fleet-schedule.ts";
import { type Lane, slotRoom } from "./lanes.ts";
import type { ReadyTask } from "./ready-tasks.ts";
import { idleMs } from "./slot-table.ts";

function aTask(assetId: string, ordinal: number, more: Partial<ReadyTask> = {}): ReadyTask {
  const id = `${assetId}.${more.lane ?? "heavy"}.${ordinal}`;
  return {
    id,
    assetId,
    producerId: "p",
    lane: "heavy",
    priority: 10,
    queuedAt: 0,
    ordinal,
    notBefore: 0,
    ...more,
  };
}

function call(schedule: FleetSchedule, holder: string, held: Grant[], now: number): Grant[] {
  schedule.hear(holder, held, true, now);
  return schedule.grant(holder, now);
}

const idsOf = (grants: Grant[]): string[] => grants.map(({ task }) => task.id);

test("lower priority first, then the asset with the fewest running, then what waits longest", () => {
  const schedule = new FleetSchedule(10);
  const long = [0, 1, 2].map((n) => aTask("long", n));
  schedule.add([...long, aTask("rest", 0, { priority: 30 }), aTask("clip", 0, { queuedAt: 5 })], 10);
  const order = [1, 2, 3, 4, 5, 6].flatMap((n) => idsOf(call(schedule, `h${n}`, [], 10)));
  expect(order).toEqual(["long.heavy.0", "clip.heavy.0", "long.heavy.1", "long.heavy.2", "rest.heavy.0"]);
});

test.each([1, 10])(
  "1,000 clips of one producer are not before another's single film, with %d slots",
  (slots) => {
    const schedule = new FleetSchedule(slots);
    // Queued long before, and more urgent by all that counts within a producer.
    const clips = Array.from({ length: 1000 }, (_, n) =>
      aTask(`clip${n}`, 0, { priority: 0, producerId: "many" }),
    );
    schedule.add(clips, 0);
    const running = Array.from({ length: slots }, (_, n) => call(schedule, `h${n}`, [], 0)).flat();
    expect(running).toHaveLength(slots);
    const film = Array.from({ length: 30 }, (_, n) =>
      aTask("film", n, { priority: 40, queuedAt: 9, producerId: "one" }),
    );
    schedule.add(film, 10);
    const given: string[] = [];
    for (let n = 0; n < 40; n++) {
      const holder = `h${n % slots}`;
      const before = running.shift();
      schedule.end(holder, { taskId: before?.task.id ?? "" }, 20 + n);
      const [grant] = schedule.grant(holder, 20 + n);
      if (grant === undefined) throw new Error("nothing was given out");
      running.push(grant);
      given.push(grant.task.producerId);
    }
    // The next free slot is the film's, and then half of all.
    expect(given[0]).toBe("one");
    expect(given.filter((producer) => producer === "one").length).toBeGreaterThanOrEqual(20);
    expect(given.slice(0, 2 * slots)).toContain("many");
  },
);

test("priorities order the work of one producer, not that of one against another's", () => {
  const schedule = new FleetSchedule(4);
  schedule.add([aTask("a", 0, { priority: 30 }), aTask("a", 1, { priority: 5 })], 0);
  schedule.add([aTask("b", 0, { producerId: "q", priority: 10, queuedAt: 3 })], 5);
  const order = [1, 2, 3].flatMap((n) => idsOf(call(schedule, `h${n}`, [], 10)));
  expect(order).toEqual(["a.heavy.1", "b.heavy.0", "a.heavy.0"]);
});

test("a holder gets one encode and two light tasks, and more only when one has ended", () => {
  const schedule = new FleetSchedule(2);
  const lanes: Lane[] = ["heavy", "light"];
  schedule.add(
    lanes.flatMap((lane) => [0, 1, 2, 3].map((n) => aTask("film", n, { lane }))),
    0,
  );
  const first = call(schedule, "h", [], 0);
  expect(idsOf(first)).toEqual(["film.heavy.0", "film.light.0", "film.light.1"]);
  expect(first.map(({ slot }) => slot)).toEqual(["slot-0", "slot-0", "slot-0"]);
  expect(call(schedule, "h", first, 1)).toEqual([]);
  schedule.end("h", { taskId: "film.light.0" }, 2);
  expect(idsOf(schedule.grant("h", 2))).toEqual(["film.light.2"]);
});

test("warm slots come first, and one that refused comes last", () => {
  const schedule = new FleetSchedule(3);
  schedule.slots.report("slot-2", "warm", 0);
  schedule.slots.report("slot-0", "refused", 0);
  schedule.add(
    [0, 1, 2].map((n) => aTask("film", n)),
    0,
  );
  const grants = ["a", "b", "c"].flatMap((holder) => call(schedule, holder, [], 0));
  expect(grants.map(({ slot }) => slot)).toEqual(["slot-2", "slot-1", "slot-0"]);
  schedule.slots.report("slot-2", "cold", 1);
  schedule.end("c", { taskId: grants[2]?.task.id ?? "" }, 1);
  schedule.end("a", { taskId: grants[0]?.task.id ?? "" }, 1);
  schedule.add([aTask("next", 0)], 1);
  // It refused long ago, and has run since.
  expect(call(schedule, "d", [], idleMs - 1).map(({ slot }) => slot)).toEqual(["slot-0"]);
});

test("no slot is given beyond its room, whoever holds the tasks", () => {
  const schedule = new FleetSchedule(2);
  schedule.add(
    [0, 1, 2, 3].map((n) => aTask("film", n)),
    0,
  );
  const grants = ["a", "b", "c", "d"].flatMap((holder) => call(schedule, holder, [], 0));
  expect(grants).toHaveLength(2 * slotRoom.heavy);
  expect(new Set(grants.map(({ slot }) => slot)).size).toBe(2);
});

test("a holder that is not heard of gives back its slot, and its tasks are ready again", () => {
  const schedule = new FleetSchedule(1);
  schedule.add([aTask("film", 0)], 0);
  expect(idsOf(call(schedule, "dead", [], 0))).toEqual(["film.heavy.0"]);
  schedule.expire(holderMs);
  expect(call(schedule, "next", [], holderMs)).toEqual([]);
  schedule.expire(holderMs + 1);
  expect(idsOf(call(schedule, "next", [], holderMs + 1))).toEqual(["film.heavy.0"]);
  expect(callAgainMs * 2).toBeLessThan(holderMs);
});

test("a task that comes while the last holder is about to go is seen when it goes", () => {
  const schedule = new FleetSchedule(1);
  expect(call(schedule, "h", [], 0)).toEqual([]);
  schedule.add([aTask("film", 0, { notBefore: 5 })], 1);
  expect(schedule.free).toBe(0);
  schedule.leave("h", 4);
  expect(schedule.free).toBe(1);
  expect(schedule.ready.hasDue(4)).toBe(false);
  expect(schedule.ready.hasDue(5)).toBe(true);
});

test("a grant that never reached its holder is handed out again", () => {
  const schedule = new FleetSchedule(2);
  schedule.add([aTask("film", 0)], 0);
  call(schedule, "h", [], 0);
  expect(idsOf(call(schedule, "h", [], 1))).toEqual(["film.heavy.0"]);
});

test("a new scheduler learns from its holders' calls what they hold", () => {
  const schedule = new FleetSchedule(2);
  const held = [{ task: aTask("film", 0), slot: "slot-0" }];
  schedule.addFound([aTask("film", 0), aTask("film", 1), aTask("clip", 0)], 0);
  expect(call(schedule, "h", held, 0)).toEqual([]);
  const [grant] = call(schedule, "other", [], 0);
  // The clip's: of the film one runs, and so does its slot.
  expect(grant).toMatchObject({ task: { id: "clip.heavy.0" }, slot: "slot-1" });
  expect(schedule.free).toBe(0);
});

test("what D1 showed just before it was handed out is not handed out twice; what is queued anew is", () => {
  const schedule = new FleetSchedule(2);
  schedule.add([aTask("film", 0)], 0);
  const held = call(schedule, "h", [], 0);
  schedule.addFound([aTask("film", 0)], 0);
  expect(call(schedule, "other", [], 0)).toEqual([]);
  schedule.add([aTask("film", 0, { notBefore: 100, queuedAt: 100 })], 1);
  schedule.hear("h", held, true, 1);
  schedule.end("h", { taskId: "film.heavy.0" }, 1);
  expect(call(schedule, "other", [], 99)).toEqual([]);
  expect(idsOf(call(schedule, "other", [], 100))).toEqual(["film.heavy.0"]);
});

test("of a film that is not wanted any more nothing is handed out", () => {
  const schedule = new FleetSchedule(2);
  schedule.add([aTask("gone", 0), aTask("gone", 1), aTask("gone", 2, { notBefore: 50 })], 0);
  schedule.add([aTask("film", 0, { queuedAt: 9 })], 10);
  expect(idsOf(call(schedule, "h", [], 10))).toEqual(["gone.heavy.0"]);
  schedule.end("h", { taskId: "gone.heavy.0", unwanted: true }, 10);
  expect(idsOf(schedule.grant("h", 100))).toEqual(["film.heavy.0"]);
  expect(schedule.ready.size).toBe(0);
});
