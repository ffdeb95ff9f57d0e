/** `GET /v1/assets/{id}/proof`: shows that every part of an asset is there, and tells how anybody can check it. */
import { Hono } from "hono";
import type { Rendition } from "../../catalog/archive/archive-document.ts";
import { readRenditions } from "../../catalog/archive/read-renditions.ts";
import { type ProducerEnv, requireProducer } from "../../http/authenticate.ts";
import { Problem, problemResponse } from "../../http/problem.ts";
import { pieceBytes } from "../../pipeline/reconcile/source-digest.ts";
import { renditionPrefix } from "../../pipeline/storage/media-keys.ts";
import { findAsset } from "./find-assets.ts";

const howToVerify = [
  "Fetch each rendition's ledger: this address with `?rendition=KEY`.",
  "Its SHA-256, of the bytes as they come, must be `root_hash`.",
  "The ledger lists `init` and every segment in order: `file`, `bytes`, `md5`, `sha256`, and `start` and `duration` in ticks of `timescale`.",
  "Each segment must start where the one before it ends; the first starts at 0. Frames and durations add up to the figures here.",
  "Fetch each file from the rendition's folder under the asset's `playback_url` and compare its size and SHA-256.",
  "`source.sha256` is the SHA-256 of the file that was uploaded. Where `piece_bytes` is a number, it is the SHA-256 of the pieces' SHA-256s (32 bytes each), in order: `split -b 1G --filter 'sha256sum | cut -c1-64 | xxd -r -p' FILE | sha256sum`.",
];

/** Mounted at `/v1/assets`. Renditions that are not published yet are left out. */
export const proofApi = new Hono<ProducerEnv>();
proofApi.onError(problemResponse);

proofApi.get("/:id/proof", requireProducer, async (c) => {
  const asset = await findAsset(c.env, c.var.producerId, c.req.param("id"));
  if (asset === undefined) {
    throw new Problem(
      404,
      "asset_not_found",
      "There is no such asset of yours. `GET /v1/assets` lists them.",
    );
  }
  const rows = (await readRenditions(c.env, asset.id)).filter(
    ({ status, rootHash }) => status === "ready" && rootHash !== null,
  );
  const key = c.req.query("rendition");
  if (key === undefined) {
    return c.json({
      asset_id: asset.id,
      status: asset.status,
      source: describeSource(asset),
      renditions: rows.map((row) => describe(row, asset.verifiedAt)),
      how_to_verify: howToVerify,
    });
  }
  const row = rows.find((one) => one.key === key);
  const ledger = row && (await c.env.MEDIA.get(`${renditionPrefix(asset.id, row.key)}ledger.json`));
  if (!ledger) {
    throw new Problem(
      404,
      "rendition_not_found",
      "This asset has no published rendition with that key. The proof without `rendition` lists them.",
    );
  }
  c.header("Marquee-Root-Hash", row?.rootHash ?? "");
  return c.body(await ledger.text(), 200, { "Content-Type": "application/json" });
});

/** `sha256` is null until the source was read whole; see `how_to_verify` for one of several pieces. */
function describeSource(asset: {
  sourceBytes: number;
  sourceSha256: string | null;
  sourceReadAt: number | null;
}) {
  const isRead = asset.sourceSha256 !== null && asset.sourceReadAt !== null;
  return {
    bytes: asset.sourceBytes,
    sha256: asset.sourceSha256,
    piece_bytes: asset.sourceBytes > pieceBytes ? pieceBytes : null,
    verified_at: isRead ? new Date(asset.sourceReadAt ?? 0).toISOString() : null,
  };
}

/** Durations are seconds, sizes bytes, times ISO 8601 (UTC). */
function describe(row: Rendition, verifiedAt: number | null) {
  return {
    key: row.key,
    kind: row.kind,
    label: row.label,
    segments: row.segmentCount,
    frames: row.frameCount,
    bytes: row.bytes,
    duration: row.durationSeconds,
    root_hash: row.rootHash,
    verified_at: verifiedAt === null ? null : new Date(verifiedAt).toISOString(),
  };
}
