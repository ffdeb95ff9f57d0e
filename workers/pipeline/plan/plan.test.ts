import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Rational } from "../../../protocol/rational.ts";
import { anInspection } from "../../../test/support/inspection.ts";
import { chooseFrameRate } from "./frame-rate.ts";
import { makePlan } from "./make-plan.ts";
import { type Plan, parsePlan } from "./plan.ts";
import type { PlannedTask } from "./plan-tasks.ts";
import { PlanningFailed } from "./planning-failure.ts";
import { stages } from "./stages.ts";

const source = { etag: "etag", language: null };
const fleet = { slots: 10, processors: 4, earlyPublishAfterSeconds: 60, chunkSegments: 8 };

const rates: Rational[] = [
  { num: 24000, den: 1001 },
  { num: 24, den: 1 },
  { num: 25, den: 1 },
  { num: 30000, den: 1001 },
  { num: 50, den: 1 },
  { num: 60000, den: 1001 },
  { num: 10, den: 1 },
  { num: 25, den: 2 },
];

const films = fc.record({
  seconds: fc.double({ min: 0.05, max: 4 * 3600, noNaN: true }),
  rate: fc.constantFrom(...rates),
  width: fc.integer({ min: 16, max: 7680 }),
  height: fc.integer({ min: 16, max: 4320 }),
  rotation: fc.constantFrom(0 as const, 90 as const, 180 as const, 270 as const),
  aspect: fc.constantFrom(
    { num: 1, den: 1 },
    { num: 4, den: 3 },
    { num: 16, den: 15 },
    { num: 399, den: 400 },
  ),
  start: fc.double({ min: 0, max: 10_000, noNaN: true }),
});

async function planOf(film: typeof films extends fc.Arbitrary<infer T> ? T : never) {
  const { seconds, rate, width, height, rotation, aspect, start } = film;
  return await makePlan(
    anInspection(seconds, {
      ...{ width, height, rotation, sampleAspect: aspect, statedRate: rate, averageRate: rate },
      ...{ startSeconds: start, endSeconds: start + seconds },
    }),
    source,
    fleet,
  );
}

test("chunks cover every frame once, on segment boundaries, and none is longer than 48 s", async () => {
  await fc.assert(
    fc.asyncProperty(films, async (film) => {
      const { plan } = await planOf(film);
      const { frames, segmentFrames, frameRate } = plan.grid;
      let next = 0;
      for (const { firstFrame, endFrame } of plan.chunks) {
        expect(firstFrame).toBe(next);
        expect(endFrame).toBeGreaterThan(firstFrame);
        expect(firstFrame % segmentFrames).toBe(0);
        expect(endFrame - firstFrame).toBeLessThanOrEqual(8 * segmentFrames);
        next = endFrame;
      }
      expect(next).toBe(frames);
      expect(Math.abs((frames * frameRate.den) / frameRate.num - film.seconds)).toBeLessThanOrEqual(
        Math.max(frameRate.den / frameRate.num, 0),
      );
    }),
  );
});

test("audio slices cover every sample once, and join to exactly the track", async () => {
  await fc.assert(
    fc.asyncProperty(films, async (film) => {
      const { plan, tasks } = await planOf(film);
      let next = 0;
      for (const { spec } of tasks) {
        if (spec.kind !== "audio-slices") continue;
        expect(spec.slices[0]?.firstSample).toBe(next);
        next = spec.slices[0]?.endSample ?? -1;
      }
      expect(next).toBe(plan.audio[0]?.samples);
    }),
  );
});

test("no rung is larger than the source, sizes are even, fall, and keep the source's shape", async () => {
  await fc.assert(
    fc.asyncProperty(films, async (film) => {
      const { plan } = await planOf(film);
      const stated = film.aspect.num / film.aspect.den;
      const square = { width: film.width * (stated > 1.01 ? stated : 1), height: film.height };
      const turned = film.rotation === 90 || film.rotation === 270;
      const width = turned ? square.height : square.width;
      const height = turned ? square.width : square.height;
      expect(plan.video.length).toBeGreaterThan(0);
      for (const [n, rung] of plan.video.entries()) {
        expect([rung.width % 2, rung.height % 2]).toEqual([0, 0]);
        expect(rung.width).toBeLessThanOrEqual(Math.max(2, width + 1.5));
        expect(rung.height).toBeLessThanOrEqual(Math.max(2, height + 1.5));
        const above = plan.video[n - 1];
        if (above !== undefined) {
          expect(rung.width * rung.height).toBeLessThan(above.width * above.height);
          expect(rung.maxrateKbps).toBeLessThan(above.maxrateKbps);
        }
        // Within a pixel of the shape on either side.
        const scale = rung.width / width;
        if (rung.width > 2 && rung.height > 2)
          expect(Math.abs(rung.height - height * scale)).toBeLessThanOrEqual(1.6 + (1.6 * height) / width);
      }
    }),
  );
});

test("the same source gives the same plan, another source gives other keys", async () => {
  const inspection = anInspection(100);
  const [one, same, other] = await Promise.all([
    makePlan(inspection, source, fleet),
    makePlan(inspection, source, fleet),
    makePlan(inspection, { ...source, etag: "other" }, fleet),
  ]);
  expect(same).toEqual(one);
  expect(parsePlan(JSON.parse(JSON.stringify(one.plan)))).toEqual(one.plan);
  const keys = (plan: Plan): string[] => [...plan.video, ...plan.audio].map(({ key }) => key);
  expect(keys(other.plan).filter((key) => keys(one.plan).includes(key))).toEqual([]);
});

describe("ladder", () => {
  const cases: [string, number, number, string[]][] = [
    ["1080p", 1920, 1080, ["1920x1080", "1280x720", "854x480", "640x360", "426x240"]],
    ["2160p comes down to 1080p", 3840, 2160, ["1920x1080", "1280x720", "854x480", "640x360", "426x240"]],
    ["scope", 1920, 800, ["1920x800", "1280x534", "854x356", "640x266", "426x178"]],
    ["between 480p and 360p", 768, 432, ["768x432", "640x360", "426x240"]],
    ["between 1080p and 720p", 1600, 900, ["1600x900", "1280x720", "854x480", "640x360", "426x240"]],
    ["portrait", 1080, 1920, ["1080x1920", "720x1280", "480x854", "360x640", "240x426"]],
    ["square", 600, 600, ["600x600", "480x480", "360x360", "240x240"]],
    ["tiny", 160, 120, ["160x120"]],
  ];
  test.each(cases)("%s", async (_, width, height, sizes) => {
    const { plan } = await makePlan(anInspection(10, { width, height }), source, fleet);
    expect(plan.video.map((rung) => `${rung.width}x${rung.height}`)).toEqual(sizes);
  });
});

test("labels fall with sizes, for any shape", async () => {
  await fc.assert(
    fc.asyncProperty(films, async (film) => {
      const { plan } = await planOf(film);
      const lines = plan.video.map(({ label }) => Number.parseInt(label, 10));
      expect(lines).toEqual([...lines].sort((a, b) => b - a));
      expect(new Set(lines).size).toBe(lines.length);
    }),
  );
});

describe("ladder of a measured film", () => {
  const measured = (...kbps: number[]) => ({
    complexity: {
      shortSide: 360,
      crf: 23,
      windows: kbps.map((rate, n) => ({ atSeconds: n * 20, kbps: rate })),
    },
  });
  const planned = async (...kbps: number[]) =>
    (await makePlan(anInspection(60, {}, measured(...kbps)), source, fleet)).plan;

  test("a hard film gets higher caps than an easy one, by its hardest window", async () => {
    const [easy, ordinary, hard] = [
      await planned(200, 240),
      await planned(100, 400),
      await planned(300, 640),
    ];
    expect(ordinary.video[0]?.maxrateKbps).toBe(6000);
    expect(easy.video[0]?.maxrateKbps).toBe(3600);
    expect(hard.video[0]?.maxrateKbps).toBe(9600);
    expect(easy.video.map(({ label }) => label)).toEqual(["1080p", "720p", "480p", "360p", "240p"]);
  });

  test("rungs that nobody would be served are left out, and every decision says why", async () => {
    const plan = await planned(20, 24);
    expect(plan.ladder.decisions.map(({ label, kept }) => [label, kept])).toEqual([
      ["1080p", true],
      ["720p", true],
      ["480p", true],
      ["360p", false],
      ["240p", false],
    ]);
    expect(plan.video.map(({ label }) => label)).toEqual(["1080p", "720p", "480p"]);
    expect(plan.ladder.decisions.at(-1)?.reason).toMatch(/360p needs only about \d+ kbit/);
  });

  test("whatever was measured, the top rung stays and caps fall with sizes", async () => {
    const windows = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(windows, async (kbps) => {
        const plan = await planned(...kbps);
        expect(plan.video[0]?.label).toBe("1080p");
        const caps = plan.video.map(({ maxrateKbps }) => maxrateKbps);
        expect(caps).toEqual([...caps].sort((a, b) => b - a));
      }),
    );
  });
});

describe("frame rate", () => {
  const cases: [string, Rational | null, Rational | null, Rational][] = [
    ["kept when constant", { num: 10, den: 1 }, { num: 10, den: 1 }, { num: 10, den: 1 }],
    [
      "NTSC with rounded timestamps",
      { num: 30000, den: 1001 },
      { num: 2997, den: 100 },
      { num: 30000, den: 1001 },
    ],
    ["phone, variable around 30", { num: 30, den: 1 }, { num: 2963, den: 100 }, { num: 30, den: 1 }],
    ["variable with a fine clock", { num: 90000, den: 1 }, { num: 238, den: 10 }, { num: 24000, den: 1001 }],
    ["120 halved", { num: 120, den: 1 }, { num: 120, den: 1 }, { num: 60, den: 1 }],
    ["240 quartered", { num: 240000, den: 1001 }, { num: 240000, den: 1001 }, { num: 60000, den: 1001 }],
    ["unknown", null, null, { num: 30, den: 1 }],
  ];
  test.each(cases)("%s", (_, statedRate, averageRate, expected) => {
    expect(chooseFrameRate(anInspection(10, { statedRate, averageRate }).video)).toEqual(expected);
  });

  test("interlaced video gets a frame per field", () => {
    const video = anInspection(10, { interlaced: true }).video;
    expect(chooseFrameRate(video)).toEqual({ num: 50, den: 1 });
  });

  test("never above 60, and always whole ticks", async () => {
    const any = fc.record({
      num: fc.integer({ min: 1, max: 1_000_000 }),
      den: fc.integer({ min: 1, max: 100_000 }),
    });
    await fc.assert(
      fc.asyncProperty(any, any, async (statedRate, averageRate) => {
        const { plan } = await makePlan(anInspection(10, { statedRate, averageRate }), source, fleet);
        const { frameRate, timescale, frameTicks } = plan.grid;
        expect(frameRate.num / frameRate.den).toBeLessThanOrEqual(60.25);
        expect(timescale * frameRate.den).toBe(frameTicks * frameRate.num);
      }),
    );
  });
});

test("audio tracks are named by language, uniquely, with one default", async () => {
  const track = { codec: "aac", channels: 2, sampleRate: 48_000, title: null, isDefault: false };
  const inspection = anInspection(
    10,
    {},
    {
      audio: [
        { ...track, index: 1, language: "eng" },
        { ...track, index: 2, language: "deu", isDefault: true },
        { ...track, index: 3, language: "eng" },
        { ...track, index: 4, language: "und", title: 'Director"s\ncut' },
      ],
    },
  );
  const { plan } = await makePlan(inspection, source, fleet);
  expect(plan.audio.map(({ label, language, isDefault }) => [label, language, isDefault])).toEqual([
    ["English", "en", false],
    ["German", "de", true],
    ["English 2", "en", false],
    ["Directorscut", null, false],
  ]);
});

test("languages with extensions and private parts are planned, and go by their language's name", async () => {
  const track = { codec: "aac", channels: 2, sampleRate: 48_000, title: null, isDefault: false };
  const stream = { codec: "subrip", title: null, isDefault: false, isForced: false, isSdh: false };
  const inspection = anInspection(
    10,
    {},
    {
      audio: [
        { ...track, index: 1, language: "en-u-ca-buddhist" },
        { ...track, index: 2, language: "und-x-foo" },
        { ...track, index: 3, language: `de-x-${"long-".repeat(20)}tag` },
      ],
      text: [{ ...stream, index: 4, language: "en-x-a" }],
    },
  );
  const { plan } = await makePlan(inspection, source, fleet);
  expect(plan.audio.map(({ label, language }) => [label, language])).toEqual([
    ["English", "en-u-ca-buddhist"],
    ["Audio", null],
    ["German", "de"],
  ]);
  expect(plan.text.map(({ label, language }) => [label, language])).toEqual([["English", "en-x-a"]]);
  const single = anInspection(10, {}, { audio: [{ ...track, index: 1, language: null }] });
  const spoken = await makePlan(single, { etag: "etag", language: "de-x-foo" }, fleet);
  expect(spoken.plan.audio).toMatchObject([{ label: "German", language: "de-x-foo" }]);
});

test("whatever planning throws comes as one error, with what was thrown", async () => {
  const impossible = anInspection(10, {}, { audio: "none" as unknown as [] });
  const failure = await makePlan(impossible, source, fleet).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(PlanningFailed);
  expect(failure).toMatchObject({ cause: expect.any(TypeError) });
});

describe("first play", () => {
  const small = { slots: 1, processors: 2, earlyPublishAfterSeconds: 60, chunkSegments: 8 };

  /** A source that can't be passed through. */
  const foreign = { codec: "hevc", profile: "Main" };
  const rungsOf = (tasks: PlannedTask[], stage: number): string[] => [
    ...new Set(
      tasks.flatMap((task) =>
        task.spec.kind === "video" && task.stage === stage ? task.spec.rungs.map(({ key }) => key) : [],
      ),
    ),
  ];

  test("a short film is published at once, and says why", async () => {
    const { plan, tasks } = await makePlan(anInspection(30), source, small);
    expect(plan.first).toEqual({ key: null, reason: expect.stringContaining("at once") });
    expect(plan.passthrough).toMatchObject({ key: null, reason: expect.stringContaining("at once") });
    expect(tasks.filter(({ kind }) => kind === "video")).toHaveLength(1);
  });

  test("a long one gets 360p and its sound first; each rung is encoded in exactly one pass", async () => {
    const { plan, tasks } = await makePlan(anInspection(600, foreign), source, small);
    expect(plan.first.key).toMatch(/^v360p-/);
    expect(plan.passthrough).toMatchObject({ key: null, reason: expect.stringContaining("hevc") });
    expect(rungsOf(tasks, stages.first)).toEqual([plan.first.key]);
    expect(rungsOf(tasks, stages.rest)).toEqual(
      plan.video.map(({ key }) => key).filter((key) => key !== plan.first.key),
    );
  });

  test("what takes seconds goes before the encodes; what takes longer beside them", async () => {
    const needs = async (seconds: number, bytes: number) => {
      const film = { ...anInspection(seconds), bytes };
      const { plan, tasks } = await makePlan(film, source, small);
      expect(plan.passthrough.key).not.toBeNull();
      return new Set(tasks.filter(({ kind }) => kind === "video").map((task) => task.needs));
    };
    expect(await needs(600, 1e8)).toEqual(new Set([stages.quick]));
    expect(await needs(3600, 9e8)).toEqual(new Set([stages.cut]));
    expect(await needs(3600, 5e9)).toEqual(new Set([stages.inspectMezzanine]));
  });

  test("the sound is cut apart from the pictures and waits for no encode of them", async () => {
    const { tasks } = await makePlan(anInspection(600, foreign), source, small);
    for (const task of tasks) {
      if (task.kind === "audio") expect(task.needs).toBe(stages.cut);
      else if (task.kind === "storyboard") expect(task.needs).toBe(stages.first);
      else expect(task.needs).toBe(stages.inspectMezzanine);
    }
    const cut = tasks.flatMap(({ spec }) => (spec.kind === "audio-slices" ? spec.slices : []));
    expect(cut.map(({ key }) => key)).toEqual(
      tasks.flatMap(({ spec }) => (spec.kind === "audio" ? spec.slices : [])),
    );
    expect(cut.map(({ firstSample }) => firstSample)).toEqual([
      0,
      ...cut.slice(0, -1).map(({ endSample }) => endSample),
    ]);
    expect(
      Math.max(...tasks.filter(({ stage }) => stage === stages.first).map(({ priority }) => priority)),
    ).toBeLessThan(
      Math.min(...tasks.filter(({ stage }) => stage === stages.rest).map(({ priority }) => priority)),
    );
  });

  test("a source that every device plays is played as it is; a small rung comes first only before a long wait", async () => {
    const minutes = await makePlan(anInspection(120), source, small);
    expect(minutes.plan.passthrough.key).toMatch(/^vsource-/);
    expect(minutes.plan.first.key).toBeNull();
    expect(minutes.tasks[0]).toMatchObject({ kind: "passthrough", stage: stages.cut });
    expect(minutes.plan.video.map(({ key }) => key)).not.toContain(minutes.plan.passthrough.key);
    const hours = await makePlan(anInspection(7200), source, small);
    expect(hours.plan.passthrough.key).toMatch(/^vsource-/);
    expect(hours.plan.first.key).toMatch(/^v360p-/);
  });

  test("when passthrough was tried in vain, or the film plays already, it is not planned again", async () => {
    const refused = { plays: false, refusedPassthrough: "Its key frames are too far apart." };
    const again = await makePlan(anInspection(120), source, small, undefined, refused);
    expect(again.plan.passthrough).toMatchObject({ key: null, reason: refused.refusedPassthrough });
    expect(again.plan.first.key).toMatch(/^v360p-/);
    const playing = { plays: true, refusedPassthrough: null };
    const { plan, tasks } = await makePlan(anInspection(7200), source, small, undefined, playing);
    expect([plan.passthrough.key, plan.first.key]).toEqual([null, null]);
    expect(rungsOf(tasks, stages.first)).toEqual(plan.video.map(({ key }) => key));
    // Earlier work is found again: the same settings have the same keys.
    const before = await makePlan(anInspection(7200), source, small);
    expect(plan.video).toEqual(before.plan.video);
    expect(plan.recipeHash).toBe(before.plan.recipeHash);
  });
});

test("a two-hour film is bounded tasks, and its plan fits a row of D1", async () => {
  const { plan, tasks } = await makePlan(anInspection(7200), source, fleet);
  expect(plan.chunks).toHaveLength(150);
  expect(JSON.stringify(plan).length).toBeLessThan(500_000);
  expect(JSON.stringify(tasks).length).toBeLessThan(1_900_000); // one JSON parameter of at most 2 MB
});
