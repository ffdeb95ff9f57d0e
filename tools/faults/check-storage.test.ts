import { expect, test } from "vitest";
import { checkStorage, type FinalState } from "./check-storage.ts";

const track = {
  key: "v1",
  init: { file: "init.mp4", sha256: "i" },
  segments: [{ file: "seg-00000.m4s", sha256: "s" }],
};

/** One published film, as it should be. */
function whole(): FinalState {
  const ledger = "media/a/v1/ledger.json";
  const report = "reports/a/v1/00000.json";
  const sliceReport = "reports/a/a0/00000.flac.json";
  const poster = "reports/a/tasks/3-poster-00000.json";
  const document = "edge/assets/a.json";
  return {
    assets: [
      {
        ...{ id: "a", status: "ready", work: "done", fate: "there", sourceKey: "sources/u" },
        ...{ hasCopy: false, posterKey: "poster-1", isArchived: false },
      },
    ],
    waitingUploads: [],
    renditions: [{ assetId: "a", key: "v1", rootHash: "root" }],
    media: [
      ...[ledger, report, sliceReport, poster, "media/a/v1/init.mp4", "media/a/v1/seg-00000.m4s"],
      ...["media/a/v1/playlist.m3u8", "media/a/poster-1/poster-640.jpg", "work/a/a0/00000.flac"],
      ...["epoch.json", "edge/feed.json", document],
    ],
    sources: ["sources/u", "epoch.json", "exports/whole/2026-01-01/done.json"],
    texts: new Map([
      [document, JSON.stringify({ kind: "film" })],
      [ledger, JSON.stringify(track)],
      [report, JSON.stringify(track)],
      [sliceReport, JSON.stringify({ key: "a0/00000.flac", samples: 5 })],
      [poster, JSON.stringify({ images: [{ file: "poster-640.jpg", sha256: "p" }] })],
    ]),
    digests: new Map([
      [ledger, "root"],
      ["media/a/v1/init.mp4", "i"],
      ["media/a/v1/seg-00000.m4s", "s"],
    ]),
  };
}

test("a whole film has nothing dangling and nothing missing", () => {
  expect(checkStorage(whole())).toEqual({ dangling: [], missing: [] });
});

test("what nothing names is dangling: a segment, a slice, a tail, a copy that was not recorded", () => {
  const state = whole();
  state.media.push("media/a/v1/seg-00001.m4s", "work/a/a0/00001.flac");
  state.sources.push("tails/u/1", "remuxed/a.mkv");
  expect(checkStorage(state).dangling).toEqual([
    ...["media/a/v1/seg-00001.m4s", "work/a/a0/00001.flac", "tails/u/1", "remuxed/a.mkv"],
  ]);
});

test("tails of an upload that may be resumed stay", () => {
  const state = { ...whole(), waitingUploads: ["w"] };
  state.sources.push("tails/w/1", "tails/w/2", "tails/u/1");
  expect(checkStorage(state).dangling).toEqual(["tails/u/1"]);
});

const withFate = (state: FinalState, fate: "deleted" | "purged"): FinalState => ({
  ...{ ...state, assets: state.assets.map((asset) => ({ ...asset, fate })), renditions: [] },
  texts: new Map(state.texts).set("edge/assets/a.json", JSON.stringify({ kind: "gone" })),
});

test("all that is left of a purged film is dangling, but for its tombstone at the edge", () => {
  const state = whole();
  state.media.push("plans/a.json");
  const left = [...state.media.filter((key) => !/^e(dge|poch)/.test(key)), "sources/u"];
  expect(checkStorage(withFate(state, "purged"))).toEqual({ dangling: left, missing: [] });
});

test("a ready film that the edge does not know is missing, and so is the tombstone of one that is deleted", () => {
  const state = whole();
  const missing = ["edge/assets/a.json"];
  const gone = { ...state, texts: withFate(state, "deleted").texts };
  expect(checkStorage(gone)).toEqual({ dangling: [], missing });
  const playing = { ...withFate(state, "deleted"), texts: state.texts };
  expect(checkStorage(playing)).toEqual({ dangling: [], missing });
});

test("an archived film has its plan and its tasks in the bucket", () => {
  const state = whole();
  const assets = state.assets.map((asset) => ({ ...asset, isArchived: true }));
  expect(checkStorage({ ...state, assets }).missing).toEqual(["plans/a.json", "plans/a.tasks.json"]);
  const media = [...state.media, "plans/a.json", "plans/a.tasks.json", "plans/b.json"];
  expect(checkStorage({ ...state, assets, media })).toEqual({ dangling: ["plans/b.json"], missing: [] });
});

test("a deleted film keeps everything, also what no report names, until it is purged", () => {
  const state = whole();
  state.media.push("media/a/v1/seg-00001.m4s", "plans/a.json", "plans/a.tasks.json");
  state.sources.push("remuxed/a.mkv");
  expect(checkStorage(withFate(state, "deleted"))).toEqual({ dangling: [], missing: [] });
});

test("a source that is gone is missing, also a deleted film's", () => {
  const state = { ...whole(), sources: [] };
  expect(checkStorage(state).missing).toEqual(["sources/u"]);
  expect(checkStorage(withFate(state, "deleted")).missing).toEqual(["sources/u"]);
});

test("a segment that is gone or other than its ledger says is missing, and so is another ledger", () => {
  const state = whole();
  const digests = new Map(state.digests).set("media/a/v1/seg-00000.m4s", "else");
  expect(checkStorage({ ...state, digests }).missing).toEqual(["media/a/v1/seg-00000.m4s"]);
  const other = new Map(state.digests).set("media/a/v1/ledger.json", "else");
  expect(checkStorage({ ...state, digests: other }).missing).toEqual(["media/a/v1/ledger.json"]);
});
