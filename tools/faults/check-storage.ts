/** Checks R2 after a run: it must hold everything that something names, and nothing else. Pure. */
import { z } from "zod";

/** The rows and objects that a run has left. `texts` holds the JSON objects of MEDIA, `digests` the SHA-256 of segments. */
export interface FinalState {
  assets: {
    id: string;
    status: string;
    work: string;
    /** `deleted`: all of it stays, for it may be taken back; `purged`: nothing of it may be left. */
    fate: "there" | "deleted" | "purged";
    sourceKey: string;
    hasCopy: boolean;
    posterKey: string | null;
    /** Its plan and tasks have left the database for R2. */
    isArchived: boolean;
  }[];
  /** Ids of uploads that may still be resumed: their tails stay. Some clients begin anew when D1 does not answer. */
  waitingUploads: string[];
  /** Published renditions, and those that were: somebody may be watching them. */
  renditions: { assetId: string; key: string; rootHash: string }[];
  media: string[];
  sources: string[];
  texts: ReadonlyMap<string, string>;
  digests: ReadonlyMap<string, string>;
}

const object = z.object({ file: z.string(), sha256: z.string() });
const track = z.object({ init: object.nullable(), segments: z.array(object) });
const slice = z.object({ key: z.string(), samples: z.number() });
const task = z.object({ images: z.array(object) });
const edgeDocument = z.object({ kind: z.string() });

/** The buckets' own: the stamp of their database, the catalogue as the edge reads it, and exports of it. They outlive any film. */
const ofBucket = /^(epoch\.json$|edge\/|exports\/)/;

/**
 * @returns objects that nothing names; sources and archived plans that are missing, and published objects that are, or are
 * other than their ledger says. A film's document at the edge counts as missing where it does not say what the row says.
 */
export function checkStorage(state: FinalState): { dangling: string[]; missing: string[] } {
  const named = new Set<string>();
  const missing: string[] = [];
  const kept = state.assets.filter(({ fate }) => fate !== "purged");
  const media = new Set(state.media);
  for (const { id, posterKey, fate, isArchived } of kept) {
    // An archive that was taken back into the database may stay, for the next time.
    const archive = [`plans/${id}.json`, `plans/${id}.tasks.json`];
    for (const key of archive) {
      named.add(key);
      if (isArchived && !media.has(key)) missing.push(key);
    }
    if (fate === "deleted") {
      for (const key of state.media) if (key.split("/")[1] === id) named.add(key);
      continue;
    }
    for (const key of state.media.filter((one) => one.startsWith(`reports/${id}/`))) {
      named.add(key);
      const value: unknown = JSON.parse(state.texts.get(key) ?? "null");
      const folder = `media/${id}/${key.split("/")[2]}/`;
      const tracks = track.safeParse(value);
      if (tracks.success) for (const file of filesOf(tracks.data)) named.add(folder + file.file);
      const cut = slice.safeParse(value);
      if (cut.success) named.add(`work/${id}/${cut.data.key}`);
      const images = task.safeParse(value);
      if (images.success) {
        for (const { file } of images.data.images) named.add(`media/${id}/${posterKey}/${file}`);
      }
    }
  }
  for (const { assetId, key, rootHash } of state.renditions) {
    const folder = `media/${assetId}/${key}/`;
    const text = state.texts.get(`${folder}ledger.json`) ?? "";
    for (const file of ["ledger.json", "playlist.m3u8", "iframes.m3u8", "storyboard.vtt"]) {
      named.add(folder + file);
    }
    if (state.digests.get(`${folder}ledger.json`) !== rootHash) {
      missing.push(`${folder}ledger.json`);
      continue;
    }
    for (const { file, sha256 } of filesOf(track.parse(JSON.parse(text)))) {
      named.add(folder + file);
      if (state.digests.get(folder + file) !== sha256) missing.push(folder + file);
    }
  }
  for (const { id, status, fate } of state.assets) {
    const key = `edge/assets/${id}.json`;
    const parsed = edgeDocument.safeParse(JSON.parse(state.texts.get(key) ?? "null"));
    const isFilm = parsed.success && parsed.data.kind === "film";
    if (fate === "there" ? status === "ready" && !isFilm : isFilm) missing.push(key);
  }
  const wanted = new Set(
    kept.flatMap(({ id, sourceKey, hasCopy, fate }) =>
      hasCopy || fate === "deleted" ? [sourceKey, `remuxed/${id}.mkv`] : [sourceKey],
    ),
  );
  const waiting = new Set(state.waitingUploads);
  for (const key of state.sources) {
    const [folder, uploadId] = key.split("/");
    if (folder === "tails" && waiting.has(uploadId ?? "")) wanted.add(key);
  }
  const sources = new Set(state.sources);
  missing.push(...kept.flatMap(({ sourceKey }) => (sources.has(sourceKey) ? [] : [sourceKey])));
  return {
    dangling: [
      ...state.media.filter((key) => !named.has(key) && !ofBucket.test(key)),
      ...state.sources.filter((key) => !wanted.has(key) && !ofBucket.test(key)),
    ],
    missing,
  };
}

function filesOf({ init, segments }: z.infer<typeof track>): z.infer<typeof object>[] {
  return init === null ? segments : [init, ...segments];
}
