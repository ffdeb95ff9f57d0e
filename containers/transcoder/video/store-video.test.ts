/** Chunks whose first pictures never come: the begin of a film is filled, a later gap is the file's fault and not the encoder's. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { makeFilm, testPicture } from "../../../test/support/transcoder/make-film.ts";
import { startStorage } from "../../../test/support/transcoder/storage-server.ts";
import {
  decodeRendition,
  fleet,
  inspectSource,
  runSpec,
} from "../../../test/support/transcoder/transcode-film.ts";
import { makePlan } from "../../../workers/pipeline/plan/make-plan.ts";

const filmFrom = (begin: number, end: number): string =>
  makeFilm("ts", [
    ...testPicture({ seconds: end - begin, audio: false }),
    ...["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"],
    ...["-muxdelay", "0", "-output_ts_offset", String(begin)],
  ]);

/** Encodes frames of a film of 25 seconds of which only these parts, from second to second, reach the encoder. */
async function encodeParts(
  parts: [begin: number, end: number][],
  frames: { firstFrame?: number; endFrame: number },
) {
  const storage = await startStorage(filmFrom(0, 25));
  try {
    const inspected = await inspectSource(storage);
    const inspection = inspected.type === "done" ? inspected.report.inspection : undefined;
    if (inspection === undefined) throw new Error("not inspected");
    const { tasks } = await makePlan(inspection, { etag: "e", language: null }, fleet);
    const spec = tasks.map((task) => task.spec).find((it) => it.kind === "video");
    if (spec === undefined) throw new Error("no video task");
    const left = parts.map(([begin, end]) => readFileSync(filmFrom(begin, end)));
    storage.objects.set("/source", Buffer.concat(left));
    return { storage, event: await runSpec(storage, { ...spec, ...frames }) };
  } finally {
    await storage.close();
  }
}

test("the first picture stands for those of the film's begin that are lost", async () => {
  const { storage, event } = await encodeParts([[0.4, 25]], { endFrame: 75 });
  if (event.type !== "done") throw new Error(JSON.stringify(event));
  for (const rendition of event.report.renditions) {
    const { frames, errors } = decodeRendition(storage, [rendition]);
    expect([frames, errors]).toEqual([75, ""]);
  }
});

test("a later chunk whose first pictures are lost is damaged, and says where", async () => {
  const { event } = await encodeParts(
    [
      [0, 4],
      [18.52, 25],
    ],
    { firstFrame: 450, endFrame: 600 },
  );
  expect(event).toMatchObject({ type: "failed", failure: { code: "damaged", retryable: true } });
  expect(event.type === "failed" && event.failure.detail).toContain(
    "no picture between second 18 and second 19 can be decoded",
  );
});
