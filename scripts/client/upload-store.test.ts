import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { uploadStore, uploadStoreFolder } from "./upload-store.ts";

const entry = {
  size: 5,
  metadata: { filename: "a.mp4" },
  creationTime: "now",
  uploadUrl: "http://x/v1/uploads/upl_1",
  parallelUploadUrls: null,
  urlStorageKey: "",
};

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return path.join(folder, "not/yet/there");
}

test("remembers an upload until it is removed, in another process too", async () => {
  const folder = temporaryFolder();
  expect(await uploadStore(folder).findUploadsByFingerprint("film")).toEqual([]);
  const key = await uploadStore(folder).addUpload("film", entry);
  const [found] = await uploadStore(folder).findUploadsByFingerprint("film");
  expect(found).toEqual({ ...entry, urlStorageKey: key });
  expect(await uploadStore(folder).findUploadsByFingerprint("other film")).toEqual([]);
  expect(await uploadStore(folder).findAllUploads()).toHaveLength(1);
  expect(readdirSync(folder)).toHaveLength(1); // no temporary file stays
  await uploadStore(folder).removeUpload(key);
  await uploadStore(folder).removeUpload(key);
  expect(await uploadStore(folder).findUploadsByFingerprint("film")).toEqual([]);
});

test("a file that can't be read counts as none, and is written over", async () => {
  const folder = temporaryFolder();
  const store = uploadStore(folder);
  writeFileSync(await store.addUpload("film", entry), '{"size":');
  expect(await store.findUploadsByFingerprint("film")).toEqual([]);
  await store.addUpload("film", entry);
  expect(await store.findUploadsByFingerprint("film")).toHaveLength(1);
});

test("lies where the XDG base directories say", () => {
  expect(uploadStoreFolder({ XDG_STATE_HOME: "/state" }, "/home/me")).toBe("/state/marquee/uploads");
  for (const environment of [{}, { XDG_STATE_HOME: "" }, { XDG_STATE_HOME: "relative" }]) {
    expect(uploadStoreFolder(environment, "/home/me")).toBe("/home/me/.local/state/marquee/uploads");
  }
});
