import { expect, test } from "vitest";
import { refusals } from "../../../playback/policy/refusals.ts";
import { errorActions } from "./error-actions.ts";

/** Refusals of one rendition: the player loads the film's playlist again, and plays on. */
const ofRendition = ["rung_not_allowed", "track_not_allowed"];

test("what the rules refuse always shows a way to other films; what failed to load, a new try alone", () => {
  for (const code of Object.keys(refusals)) {
    expect(errorActions(code) === "retry", code).toBe(ofRendition.includes(code));
  }
  expect(errorActions("withheld")).toBe("leave");
  expect(errorActions("network_not_allowed")).toBe("either");
  expect(errorActions("unreachable")).toBe("retry");
  expect(errorActions("fragLoadError")).toBe("retry");
});
