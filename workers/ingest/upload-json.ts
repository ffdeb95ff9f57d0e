/** An upload as `GET /v1/uploads/{id}` shows it. */
import { type Upload, uploadErrors } from "./upload-row.ts";

/** See {@link uploadJson}. Times are RFC 3339; `length` and `offset` are bytes. */
export interface UploadJson {
  id: string;
  status: Upload["status"];
  offset: number;
  /** null until the client has named it. */
  length: number | null;
  filename: string;
  title: string | null;
  language: string | null;
  /** null until the upload has become an asset. */
  asset_id: string | null;
  title_id: string | null;
  created_at: string;
  expires_at: string;
  error?: { code: string; detail: string };
}

/** The row as clients see it. */
export function uploadJson(upload: Upload): UploadJson {
  const created = upload.status === "asset_created";
  return {
    id: upload.id,
    status: upload.status,
    offset: upload.offset,
    length: upload.length,
    filename: upload.filename,
    title: upload.title,
    language: upload.language,
    asset_id: created ? upload.assetId : null,
    title_id: created ? upload.titleId : null,
    created_at: new Date(upload.createdAt).toISOString(),
    expires_at: new Date(upload.expiresAt).toISOString(),
    ...(upload.status === "errored" ? { error: uploadError(upload) } : {}),
  };
}

/** The error of an `errored` upload: code and sentence. */
export function uploadError(upload: Upload): { code: string; detail: string } {
  const known = Object.entries(uploadErrors).find(([code]) => code === upload.errorCode);
  return known === undefined
    ? { code: upload.errorCode ?? "upload_failed", detail: "The upload failed. Upload the file again." }
    : { code: known[0], detail: known[1] };
}
