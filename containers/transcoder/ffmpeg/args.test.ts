import { expect, test } from "vitest";
import { args } from "./args.ts";

test("a line is split at its white space, a value never, and a list stands for its members", () => {
  const guards = ["-threads", "4"];
  const file = "/tmp/a film.mp4";
  expect(args`-v error ${guards} -i ${file}
    -map 0:${1} -af ${"volume=1dB, anull"} ${[]} ${""} -`).toEqual([
    ...["-v", "error", "-threads", "4", "-i", file],
    ...["-map", "0:1", "-af", "volume=1dB, anull", "", "-"],
  ]);
  expect(args``).toEqual([]);
});
