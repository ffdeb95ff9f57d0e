/** Chunks whose first pictures never come: the file is to blame, not the encoder. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { makeFilm, testPicture } from "../../../test/support/transcoder/make-film.ts";
import { startStorage } from "../../../test/support/transcoder/storage-server.ts";
import { fleet, inspectSource, runSpec } from "../../../test/support/transcoder/transcode-film.ts";
import { makePlan } from "../../../workers/pipeline/plan/make-plan.ts";

const filmFrom = (seconds: number, begin: number): string =>
  makeFilm("ts", [
    ...testPicture({ seconds, audio: false }),
    ...["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"],
    ...["-muxdelay", "0", "-output_ts_offset", String(begin)],
  ]);

test("a chunk whose first second has no picture is damaged, and says where", async () => {
  const storage = await startStorage(filmFrom(3, 10));
  try {
    const inspected = await inspectSource(storage);
    const inspection = inspected.type === "done" ? inspected.report.inspection : undefined;
    if (inspection === undefined) throw new Error("not inspected");
    const { tasks } = await makePlan(inspection, { etag: "e", language: null }, fleet);
    const video = tasks.map(({ spec }) => spec).find(({ kind }) => kind === "video");
    if (video === undefined) throw new Error("no video task");
    // What a decoder makes of a file whose first second is lost.
    storage.objects.set("/source", readFileSync(filmFrom(2, 11)));
    const event = await runSpec(storage, video);
    expect(event).toMatchObject({ type: "failed", failure: { code: "damaged", retryable: true } });
    expect(event.type === "failed" && event.failure.detail).toContain(
      "no picture between second 0 and second 1",
    );
  } finally {
    await storage.close();
  }
});
