import { expect, test } from "vitest";
import { completeSecrets, newGrantSecret, newPlaybackKeys } from "../local/local-secrets.ts";
import { newProducerKey } from "../local/producer-key.ts";
import { findSecrets } from "./find-secrets.ts";

test("the secrets that we make are found", () => {
  expect(findSecrets(`key: ${newProducerKey()}`)).toEqual([{ line: 1, kind: "producer key" }]);
  const vars = completeSecrets("# mine\n", { PLAYBACK_KEYS: newPlaybackKeys, GRANT_SECRET: newGrantSecret });
  expect(findSecrets(vars).map((it) => it.line)).toEqual([2, 3]);
});

test("names of secrets, and shortened keys, are fine", () => {
  expect(findSecrets("PLAYBACK_KEYS: string;\nmqk_…\nwrangler secret put GRANT_SECRET")).toEqual([]);
});
