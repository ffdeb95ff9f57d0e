import { expect, test } from "vitest";
import { Admission, type Place } from "./admission.ts";

/** Says which of these have begun. */
async function begun(...places: (Place | null)[]): Promise<boolean[]> {
  const state = places.map(() => false);
  places.forEach((place, n) => {
    void place?.begins.then(() => {
      state[n] = true;
    });
  });
  await new Promise((resolve) => setImmediate(resolve));
  return state;
}

test("tasks run side by side, until one wants to be alone", async () => {
  const admission = new Admission();
  const [a, b] = [admission.enter(false), admission.enter(false)];
  const alone = admission.enter(true);
  expect(await begun(a, b, alone)).toEqual([true, true, false]);
  expect(admission.enter(false)).toBeNull();
  a?.leave();
  expect(await begun(alone)).toEqual([false]);
  b?.leave();
  expect(await begun(alone)).toEqual([true]);
  expect(admission.enter(false)).toBeNull();
  alone?.leave();
  expect(await begun(admission.enter(false))).toEqual([true]);
});

test("those that want to be alone have their turns in order; one that leaves while it waits holds nobody up", async () => {
  const admission = new Admission();
  const [first, second, third] = [admission.enter(true), admission.enter(true), admission.enter(true)];
  expect(await begun(first, second, third)).toEqual([true, false, false]);
  second?.leave();
  first?.leave();
  first?.leave();
  expect(await begun(second, third)).toEqual([false, true]);
  third?.leave();
  expect(await begun(admission.enter(false), admission.enter(false))).toEqual([true, true]);
});

test("others are let in again when the one that waited has gone", async () => {
  const admission = new Admission();
  const running = admission.enter(false);
  const alone = admission.enter(true);
  alone?.leave();
  expect(await begun(running, admission.enter(false))).toEqual([true, true]);
});
