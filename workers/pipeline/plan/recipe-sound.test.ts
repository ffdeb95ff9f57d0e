/** The sound that a recipe asks for: AAC always, other codecs beside it, which a film does not wait for. */
import { expect, test } from "vitest";
import { audioCodecNames, audioCodecs, ordinaryAudioCodecs } from "../../../protocol/codecs.ts";
import { anInspection } from "../../../test/support/inspection.ts";
import { optionalRenditions } from "../tasks/optional-work.ts";
import { expectedTracks, type PublishScope } from "./expected-tracks.ts";
import { makePlan } from "./make-plan.ts";
import { type Plan, parsePlan } from "./plan.ts";
import { recipe } from "./recipe.ts";
import { priorities, stages } from "./stages.ts";

const source = { etag: "etag", language: null };
const withOpus = recipe.parse({ audio: ["aac", "opus"] });
const track = { codec: "aac", sampleRate: 48_000, title: null, isDefault: false };
const film = anInspection(
  600,
  { codec: "hevc", profile: "Main" },
  {
    audio: [
      { ...track, index: 1, language: "eng", channels: 6 },
      { ...track, index: 2, language: "deu", channels: 2 },
    ],
  },
);
const small = { slots: 1, processors: 2, earlyPublishAfterSeconds: 60, chunkSegments: 8 };
const soundOf = (plan: Plan) => plan.audio.map(({ codec, channels, label }) => [codec, channels, label]);

test("a film has AAC unless its recipe asks for more, and stored recipes mean what they meant", async () => {
  const [ordinary, stored, both] = await Promise.all([
    makePlan(film, source, small),
    makePlan(film, source, small, recipe.parse({ codecs: ["h264"], rungs: null })),
    makePlan(film, source, small, withOpus),
  ]);
  const aac = [
    ["aac", 2, "English"],
    ["aac", 2, "German"],
    ["aac", 6, "English"],
  ];
  expect(soundOf(ordinary.plan)).toEqual(aac);
  expect(stored).toEqual(ordinary);
  expect(soundOf(both.plan)).toEqual([...aac, ["opus", 2, "English"], ["opus", 2, "German"]]);
  // What is there already is not made again.
  expect(both.plan.audio.slice(0, aac.length)).toEqual(ordinary.plan.audio);
  expect(both.plan.recipeHash).not.toBe(ordinary.plan.recipeHash);
  expect(parsePlan(JSON.parse(JSON.stringify(both.plan)))).toEqual(both.plan);
});

test("the film plays without it: it comes with the rest, and may be missing", async () => {
  const { plan, tasks } = await makePlan(film, source, small, withOpus);
  const opus = plan.audio.filter(({ codec }) => codec === "opus").map(({ key }) => key);
  const due = (scope: PublishScope) => expectedTracks(plan, scope).filter(({ kind }) => kind === "audio");
  for (const scope of ["passthrough", "first"] as const) {
    expect(due(scope).map(({ key }) => key)).toEqual(plan.audio.slice(0, 2).map(({ key }) => key));
  }
  expect(
    due("whole")
      .filter(({ isOptional }) => isOptional)
      .map(({ key }) => key),
  ).toEqual(opus);
  expect(due("whole")).toHaveLength(plan.audio.length);
  for (const { spec, stage, priority } of tasks) {
    if (spec.kind !== "audio") continue;
    expect(optionalRenditions(spec)).toEqual(opus.includes(spec.key) ? [spec.key] : []);
    const isFirst = spec.codec === "aac" && spec.channels === 2;
    expect([stage, priority]).toEqual(
      isFirst ? [stages.quick, priorities.audio] : [stages.rest, priorities.rest],
    );
  }
});

test("all codecs of a track are made of the same slices, so that the source is read no more for them", async () => {
  const [ordinary, both] = await Promise.all([
    makePlan(film, source, small),
    makePlan(film, source, small, withOpus),
  ]);
  const cut = ({ tasks }: typeof both) => tasks.filter(({ kind }) => kind === "audio-slices");
  expect(cut(both)).toEqual(cut(ordinary));
  const made = both.tasks.flatMap(({ spec }) => (spec.kind === "audio" ? [spec] : []));
  const stereo = (codec: string) => made.filter((spec) => spec.codec === codec && spec.channels === 2);
  expect(stereo("opus").map(({ slices }) => slices)).toEqual(stereo("aac").map(({ slices }) => slices));
  const written = new Set(
    cut(both).flatMap(({ spec }) => (spec.kind === "audio-slices" ? spec.slices.map(({ key }) => key) : [])),
  );
  for (const { slices } of made) for (const slice of slices) expect(written).toContain(slice);
});

test("a recipe without AAC, with a codec twice, or with one that nobody knows is refused", () => {
  for (const audio of [[], ["opus"], ["aac", "aac"], ["aac", "mp3"]]) {
    expect(recipe.safeParse({ audio }).success).toBe(false);
  }
  expect(recipe.parse({})).toEqual({ codecs: ["h264"], audio: ["aac"], rungs: null });
});

test("no two layouts begin their keys alike, and every film's codecs come first in the table", () => {
  const prefixes = audioCodecNames.flatMap((codec) => audioCodecs[codec].layouts.map(({ prefix }) => prefix));
  expect(new Set(prefixes).size).toBe(prefixes.length);
  expect(ordinaryAudioCodecs).toEqual(audioCodecNames.slice(0, ordinaryAudioCodecs.length));
});
