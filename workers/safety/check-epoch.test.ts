import { expect, test } from "vitest";
import { type BucketState, checkEpoch } from "./check-epoch.ts";

const bucket = (name: string, more: Partial<BucketState> = {}): BucketState => ({
  ...{ name, stamp: null, isEmpty: true },
  ...more,
});
const full = { isEmpty: false };
const at = (epoch: string, generation: number) => ({ stamp: { epoch, generation }, isEmpty: false });
const codeOf = (...input: Parameters<typeof checkEpoch>) => {
  const verdict = checkEpoch(...input);
  return verdict.state === "alarm" ? verdict.code : verdict.state;
};

test("database and buckets that agree are fine, also when a bucket was not written for a while", () => {
  expect(codeOf({ epoch: "a", generation: 7 }, [bucket("S", at("a", 7)), bucket("M", at("a", 3))])).toBe(
    "ok",
  );
});

test("an empty database is foreign to buckets that belong to another", () => {
  expect(codeOf(null, [bucket("S", at("a", 7)), bucket("M", at("a", 7))])).toBe("database_foreign");
  expect(codeOf(null, [bucket("S", at("a", 7)), bucket("M")])).toBe("database_foreign");
  expect(codeOf({ epoch: "b", generation: 99 }, [bucket("S", at("a", 7)), bucket("M", at("b", 7))])).toBe(
    "database_foreign",
  );
});

test("a bucket that has seen a later generation betrays a restored database", () => {
  expect(codeOf({ epoch: "a", generation: 6 }, [bucket("S", at("a", 6)), bucket("M", at("a", 7))])).toBe(
    "database_rolled_back",
  );
});

test("two empty buckets are taken without asking; anything else without a stamp is not", () => {
  expect(codeOf(null, [bucket("S"), bucket("M")])).toBe("adopt");
  expect(codeOf({ epoch: "a", generation: 9 }, [bucket("S"), bucket("M")])).toBe("adopt");
  expect(codeOf({ epoch: "a", generation: 1 }, [bucket("S", at("a", 1)), bucket("M")])).toBe("adopt");
  expect(codeOf({ epoch: "a", generation: 9 }, [bucket("S", at("a", 9)), bucket("M")])).toBe("epoch_missing");
  expect(codeOf(null, [bucket("S", full), bucket("M")])).toBe("epoch_missing");
  expect(codeOf({ epoch: "a", generation: 1 }, [bucket("S"), bucket("M", full)])).toBe("epoch_missing");
});

test("every alarm says what to do", () => {
  const alarms = [
    checkEpoch(null, [bucket("S", at("a", 7))]),
    checkEpoch({ epoch: "a", generation: 6 }, [bucket("S", at("a", 7))]),
    checkEpoch(null, [bucket("S", full)]),
  ];
  for (const verdict of alarms) {
    expect(verdict).toMatchObject({ detail: expect.stringMatching(/S.*Nothing is deleted.*epoch\/adopt/s) });
  }
});
