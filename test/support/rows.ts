/** One place for the rows of a film: seeds say only what is particular about theirs. */
import type { assets, titles } from "../../workers/catalog/schema.ts";
import { newId } from "../../workers/shared/new-id.ts";

type TitleRow = typeof titles.$inferInsert;
type AssetRow = typeof assets.$inferInsert;

/** A title's row. Times are Unix milliseconds. @param row its own values; the others are ordinary ones */
export function titleRow(row: Partial<TitleRow> & Pick<TitleRow, "createdAt">): TitleRow & { id: string } {
  const id = row.id ?? newId("title");
  return {
    producerId: "prd_test",
    slug: id,
    title: "Film",
    updatedAt: row.createdAt,
    ...row,
    id,
  };
}

/** An asset's row: an uploaded source, of which nothing is made yet. @param row its own values; the others are ordinary ones */
export function assetRow(
  row: Partial<AssetRow> & Pick<AssetRow, "titleId" | "createdAt">,
): AssetRow & { id: string } {
  const id = row.id ?? newId("asset");
  const uploadId = row.uploadId ?? newId("upload");
  return {
    producerId: "prd_test",
    status: "preparing",
    filename: "film.mp4",
    sourceKey: `sources/${uploadId}`,
    sourceBytes: 1000,
    sourceEtag: "e",
    updatedAt: row.createdAt,
    ...row,
    id,
    uploadId,
  };
}
