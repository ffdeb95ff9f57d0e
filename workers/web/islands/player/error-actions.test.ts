import { expect, test } from "vitest";
import { refusals } from "../../../playback/policy/refusals.ts";
import { wayOut } from "./error-actions.ts";

/** Refusals of one rendition: the player loads the film's playlist again, and plays on. */
const ofRendition = ["rung_not_allowed", "track_not_allowed"];

test("what the rules refuse always shows a way to other films; what failed to load, a new try alone", () => {
  for (const code of Object.keys(refusals)) {
    expect(wayOut(code) === "retry", code).toBe(ofRendition.includes(code));
  }
  expect(wayOut("withheld")).toBe("leave");
  expect(wayOut("network_not_allowed")).toBe("either");
  expect(wayOut("offline")).toBe("retry");
  expect(wayOut("fragLoadError")).toBe("retry");
});
