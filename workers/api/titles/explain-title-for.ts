/** Explains a title to a viewer, for the API and for the studio's page. */
import { readRenditions } from "../../catalog/archive/read-renditions.ts";
import { readLanguagePreferences } from "../../playback/policy/choose-languages.ts";
import type { DecidableTitle } from "../../playback/policy/decide-title.ts";
import { type Explanation, explainTitle } from "../../playback/policy/explain-title.ts";
import { readPlayableTitle } from "../../playback/policy/playable-title.ts";
import { readTitleRules } from "../../playback/policy/read-title-rules.ts";
import type { PolicyViewer } from "../../playback/viewer.ts";
import { unknownCountry } from "../../playback/viewer.ts";
import type { ExplainQuery } from "./explain-query.ts";
import type { TitleRow } from "./find-titles.ts";

/** An explanation, with the renditions' labels for people. */
export interface TitleExplanation extends Explanation {
  viewer: PolicyViewer;
  /** Unix milliseconds. */
  at: number;
  /** By rendition key. */
  labels: ReadonlyMap<string, { kind: string; label: string; language: string | null; status: string }>;
}

/** Explains a title as it is now to the viewer of `query`. @param now Unix milliseconds, where the query names no time */
export async function explainTitleFor(
  env: Pick<Env, "DB" | "MEDIA">,
  title: TitleRow,
  query: ExplainQuery,
  now: number,
): Promise<TitleExplanation> {
  const at = query.at ?? now;
  const isTor = query.country === "T1";
  const viewer = { country: isTor ? unknownCountry : query.country, asn: query.asn ?? null, isTor };
  const [film, rows] = await Promise.all([
    filmOf(env, title, now),
    title.assetId === null ? [] : readRenditions(env, title.assetId),
  ]);
  const explanation = explainTitle(film, viewer, at, {
    limit: { maxHeight: query.max_height ?? null },
    preferences: readLanguagePreferences(languageParameters(query), query.accept_language ?? null),
  });
  return { ...explanation, viewer, at, labels: new Map(rows.map(({ key, ...row }) => [key, row])) };
}

/** The query parameters of a playback URL for the languages that a viewer chose. */
export function languageParameters({ audio, text }: ExplainQuery): URLSearchParams {
  return new URLSearchParams({
    ...(audio === undefined ? {} : { audio }),
    ...(text === undefined ? {} : { text }),
  });
}

/** The film as the gateway sees it; without renditions until one is published. */
async function filmOf(env: Pick<Env, "DB">, title: TitleRow, now: number): Promise<DecidableTitle> {
  const film = title.assetId === null ? null : await readPlayableTitle(title.assetId, now, 0);
  if (film !== null) return film;
  const policy = await readTitleRules(env, title, now);
  return { policy, tracks: { videos: [], audios: [], texts: [], storyboards: [] }, facts: [] };
}
