import { expect, test } from "vitest";
import type { Inspection } from "../../../protocol/inspection.ts";
import { anInspection } from "../../../test/support/inspection.ts";
import { makePlan } from "./make-plan.ts";
import { stages } from "./stages.ts";

type Stream = Inspection["text"][number];

function stream(index: number, over: Partial<Stream> = {}): Stream {
  return {
    ...{ index, codec: "subrip", language: "eng", title: null },
    ...{ isDefault: false, isForced: false, isSdh: false, ...over },
  };
}

const fleet = { slots: 1, processors: 2, earlyPublishAfterSeconds: 60, chunkSegments: 8 };

async function planned(text: Stream[], spoken: string | null = "eng") {
  const { audio } = anInspection(60);
  const inspection = anInspection(
    60,
    {},
    { text, audio: audio.map((track) => ({ ...track, language: spoken })) },
  );
  return await makePlan(inspection, { etag: "e", language: null }, fleet);
}

test("tracks are named by language and purpose, uniquely; pictures of text are left out", async () => {
  const { plan, tasks } = await planned([
    stream(2),
    stream(3, { isForced: true }),
    stream(4, { isSdh: true }),
    stream(5, { title: "Commentary" }),
    stream(6, { codec: "hdmv_pgs_subtitle" }),
    stream(7, { language: "und", title: "Songs", codec: "ass" }),
  ]);
  expect(plan.text.map(({ label, language, streamIndex }) => [label, language, streamIndex])).toEqual([
    ["English", "en", 2],
    ["English (forced)", "en", 3],
    ["English (SDH)", "en", 4],
    ["English 2", "en", 5],
    ["Songs", null, 7],
  ]);
  const specs = tasks.filter(({ kind }) => kind === "text");
  expect(specs).toMatchObject([{ stage: stages.quick, needs: stages.inspectMezzanine, ordinal: 0 }]);
  expect(specs[0]?.spec).toMatchObject({
    tracks: plan.text.map(({ key, streamIndex }) => ({ key, streamIndex })),
  });
});

test("what is shown without being asked for: forced text of the spoken language, or marked text of another one", async () => {
  const shown = async (text: Stream[], spoken: string | null): Promise<number[]> =>
    (await planned(text, spoken)).plan.text
      .filter((track) => track.isDefault)
      .map((track) => track.streamIndex);
  const marked = stream(2, { isDefault: true });
  const forced = stream(3, { isForced: true });
  expect(await shown([marked, forced], "eng")).toEqual([3]);
  expect(await shown([marked, forced], "jpn")).toEqual([2]);
  expect(await shown([marked], "eng")).toEqual([]);
  expect(await shown([marked], null)).toEqual([]);
});

test("a film without subtitles has no task for them", async () => {
  const { plan, tasks } = await planned([]);
  expect(plan.text).toEqual([]);
  expect(tasks.some(({ kind }) => kind === "text")).toBe(false);
});

test("a track's own name is cut between characters, and turns no other text", async () => {
  const { plan } = await planned([stream(2, { language: null, title: `\u202e${"x".repeat(59)}😀😀` })]);
  expect(plan.text[0]?.label).toBe(`${"x".repeat(59)}😀`);
});
