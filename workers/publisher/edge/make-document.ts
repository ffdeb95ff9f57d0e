/** Makes the documents of the edge out of rows. Pure. */
import {
  documentKeys,
  type EdgeDocument,
  type FilmDocument,
  type RenditionDocument,
  type TitleDocument,
} from "../../playback/published/documents.ts";
import type { EdgeRows } from "./edge-rows.ts";

type TitleRow = EdgeRows["titles"][number];
type AssetRow = EdgeRows["assets"][number];

/** What a film's document tells of a rendition, of a row or of what was published earlier. */
export type RenditionFacts = Omit<RenditionDocument, "status"> & { status: string };

/**
 * The document of a key (see `documentKeys`) as of these rows, which must be those of its thing. A tombstone where there is
 * nothing (any more); null for an asset that was never published: no earlier reading can have found more.
 * @param archived renditions of the film that are not among the rows
 */
export function makeDocument(
  key: string,
  rows: EdgeRows,
  archived: readonly RenditionFacts[] = [],
): EdgeDocument | null {
  const [folder, name = ""] = key.split("/");
  const { seq } = rows;
  switch (folder) {
    case "assets":
      return makeFilm(name, rows, archived);
    case "titles":
      return makeTitle(
        rows.titles.find(({ id }) => id === name),
        rows,
      );
    case "slugs":
      return makeTitle(
        rows.titles.find(({ slug }) => slug === name),
        rows,
      );
    case documentKeys.service: {
      const { version: policyVersion = 0, document: policy = null } = rows.service ?? {};
      const pathways = rows.pathways.map(({ id, baseUrl, countries, asns, priority, ttlSeconds }) => ({
        ...{ id, baseUrl, countries, asns, priority, ttlSeconds },
      }));
      return { kind: "service", seq, policyVersion, policy, pathways };
    }
    case documentKeys.keys:
      return {
        kind: "keys",
        seq,
        keys: rows.keys.toReversed().map(({ kid, producerId, publicKey }) => [kid, producerId, publicKey]),
      };
    default:
      throw new Error(`${key} is no document's key`);
  }
}

function makeFilm(assetId: string, rows: EdgeRows, archived: readonly RenditionFacts[]): EdgeDocument | null {
  const { seq } = rows;
  const asset = rows.assets.find(({ id }) => id === assetId);
  if (asset !== undefined && asset.deletedAt === null && asset.revision < 1) return null;
  const title = rows.titles.find(({ id }) => id === asset?.titleId);
  if (asset === undefined || asset.deletedAt !== null || title === undefined) return { kind: "gone", seq };
  return {
    kind: "film",
    seq,
    assetId,
    titleId: title.id,
    slug: title.slug,
    title: title.title,
    producerId: asset.producerId,
    revision: asset.revision,
    durationSeconds: asset.durationSeconds,
    allowedOrigins: title.allowedOrigins,
    allowsNativePlayers: title.allowsNativePlayers,
    encryption: title.encryption,
    encryptionChangedAt: title.encryptionChangedAt,
    posterAccess: title.posterAccess,
    rules: rulesOf(title, rows),
    servicePolicyVersion: rows.service?.version ?? 0,
    renditions: [...rows.renditions.filter((row) => row.assetId === assetId), ...archived].flatMap(
      renditionOf,
    ),
  } satisfies FilmDocument;
}

/** A title is there for viewers while it has an asset that is not deleted. */
function makeTitle(title: TitleRow | undefined, rows: EdgeRows): EdgeDocument {
  const { seq } = rows;
  const uploaded = rows.assets.filter(
    ({ titleId, deletedAt }) => titleId === title?.id && deletedAt === null,
  );
  const newest: AssetRow | undefined = uploaded[0];
  if (title === undefined || newest === undefined) return { kind: "gone", seq };
  return {
    kind: "title",
    seq,
    titleId: title.id,
    slug: title.slug,
    title: title.title,
    assetId: uploaded.find(({ id }) => id === title.assetId)?.id ?? null,
    status: newest.status,
    rules: rulesOf(title, rows),
  } satisfies TitleDocument;
}

function rulesOf(title: TitleRow, { policies }: EdgeRows): TitleDocument["rules"] {
  const { allowedCountries, blockedCountries, policyVersion, hasOwnPolicy } = title;
  // A document that is missing lets nobody in: see `titleRules`.
  const policy = hasOwnPolicy ? (policies.get(title.id) ?? null) : null;
  return { allowedCountries, blockedCountries, policyVersion, hasOwnPolicy, policy };
}

function renditionOf(row: RenditionFacts): RenditionDocument[] {
  const { status } = row;
  if (status !== "ready" && status !== "retired") return [];
  const { key, kind, label, codecs, width, height, frameRate, channels, language } = row;
  const { isDefault, isForced, isSdh, bandwidth, averageBandwidth, iframeBandwidth } = row;
  return [
    {
      ...{ key, kind, label, status, codecs, width, height, frameRate, channels, language },
      ...{ isDefault, isForced, isSdh, bandwidth, averageBandwidth, iframeBandwidth },
    },
  ];
}
