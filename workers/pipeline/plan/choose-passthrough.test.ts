import { expect, test } from "vitest";
import type { Inspection } from "../../../protocol/inspection.ts";
import { anInspection } from "../../../test/support/inspection.ts";
import { passthroughObstacle } from "./choose-passthrough.ts";
import { displaySize } from "./display-size.ts";
import { planGrid } from "./grid.ts";

function obstacle(video: Partial<Inspection["video"]> = {}, bytes = 60_000_000): string | null {
  const inspection = anInspection(60, video, { bytes });
  return passthroughObstacle(inspection, planGrid(inspection), displaySize(inspection.video));
}

test("an ordinary film may be played as it is", () => {
  expect(obstacle()).toBeNull();
  expect(obstacle({ width: 1080, height: 1920, profile: "Main" })).toBeNull();
});

test.each<[Partial<Inspection["video"]>, RegExp]>([
  [{ codec: "hevc" }, /hevc/],
  [{ profile: "High 10" }, /High 10/],
  [{ profile: null }, /unknown/],
  [{ pixelFormat: "yuvj420p" }, /yuvj420p/],
  [{ interlaced: true }, /interlaced/],
  [{ rotation: 90 }, /turned/],
  [{ width: 1440, height: 1080, sampleAspect: { num: 4, den: 3 } }, /square/],
  [{ width: 3840, height: 2160 }, /1080p/],
  [{ statedRate: { num: 120, den: 1 }, averageRate: { num: 120, den: 1 } }, /even rate/],
  [{ averageRate: { num: 247, den: 10 } }, /even rate/],
])("%o is encoded only", (video, reason) => {
  expect(obstacle(video)).toMatch(reason);
});

test("what few connections carry is encoded only", () => {
  expect(obstacle({}, 200_000_000)).toMatch(/27 Mbit/);
});
