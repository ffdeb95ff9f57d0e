/** The JSON of an asset, for the API and for the studio's client code. */
import type { PosterFolder } from "../../catalog/poster-folder.ts";

/** The stages of an asset's way, in order. */
export type StageName = "inspect" | "video" | "audio" | "poster" | "publish";

/** One stage: its status, and the share of it that is done (0…1). */
export interface Stage {
  name: StageName;
  status: "waiting" | "running" | "done" | "failed";
  fraction: number;
}

/**
 * The whole: the share that is done (0…1), the seconds that are about left (null: unknown), the processor seconds that the
 * present plan's encoders have used so far (0 when all output was there), and each stage.
 */
export interface AssetProgress {
  fraction: number;
  eta_seconds: number | null;
  encoder_seconds: number;
  stages: Stage[];
}

/** The JSON of an asset in lists. Times are ISO 8601 (UTC), durations seconds, sizes bytes. */
export interface AssetSummary {
  id: string;
  status: "waiting" | "preparing" | "ready" | "errored";
  title_id: string;
  title_slug: string;
  title: string;
  filename: string;
  language: string | null;
  duration: number | null;
  created_at: string;
  /** Time of the last change, but for progress, which moves on its own. */
  updated_at: string;
  ready_at: string | null;
  source: { bytes: number };
  watch_url: string;
  poster: PosterFolder | null;
  progress: AssetProgress;
  /** The reason its work failed; an asset that is `ready` all the same plays with the earlier renditions. */
  error: { code: string; detail: string; log: string | null } | null;
}

/**
 * The answer to `?since=`: the assets that were written since then, and the ids of those that are gone. `as_of` is the next
 * `since`; it lies a little back, so the same may come twice. With `is_cut` there is more than one answer holds: read the list anew.
 */
export interface ChangedAssets {
  assets: AssetSummary[];
  deleted: string[];
  as_of: string;
  is_cut: boolean;
}

/** The JSON of one asset on its own. */
export interface AssetDetail extends AssetSummary {
  playback_url: string | null;
  renditions: RenditionJson[];
  /** Null before the film was planned. */
  ladder: LadderJson | null;
}

/**
 * The rungs of the film, each with the reason for it; caps in bits per second. `source_play`: the rendition of the source's
 * own pictures that plays until the ladder is whole; `first_play`: the rung that is published first. `key` null: none.
 */
export interface LadderJson {
  decisions: {
    label: string;
    width: number;
    height: number;
    kept: boolean;
    maxrate: number;
    reason: string;
  }[];
  first_play: { key: string | null; reason: string };
  source_play: { key: string | null; reason: string };
}

/** One rendition; rates are measured, in bits per second. */
export interface RenditionJson {
  key: string;
  kind: "video" | "audio" | "text" | "image" | "storyboard";
  label: string;
  /** `retired`: another recipe left it out; players are no longer told of it. */
  status: "preparing" | "ready" | "errored" | "retired";
  codecs: string | null;
  width: number | null;
  height: number | null;
  frame_rate: number | null;
  bandwidth: number | null;
  average_bandwidth: number | null;
  segment_count: number | null;
  frame_count: number | null;
  bytes: number | null;
  duration: number | null;
  /** BCP 47; null where it is not known, and for pictures. */
  language: string | null;
  channels: number | null;
  /** Sound only: the measured loudness (null for silence), the target (EBU R 128), and the gain that was applied. */
  loudness: {
    measured_lufs: number | null;
    true_peak_dbtp: number | null;
    target_lufs: number;
    gain_db: number;
    limited: boolean;
  } | null;
  /** The reason it was left out, when the film can do without it. */
  note: string | null;
}
