/**
 * The facts of an asset that the gateway needs for every request: whose title it is, the rules that hold for it, and its
 * published renditions. Built from what is published at the edge, so that neither a viewer's next segment nor a new viewer
 * reads D1, and a takedown still stops a film that is already playing.
 */
import { publishedRenditions } from "../hls/published-renditions.ts";
import type { FilmDocument, RenditionDocument, ServiceDocument } from "../published/documents.ts";
import { peekFilm, readFilm, readService } from "../published/published.ts";
import { rulesUnknown } from "../published/published-store.ts";
import type { DecidableTitle } from "./decide-title.ts";
import type { RenditionFacts } from "./kept-renditions.ts";
import { toServicePolicy } from "./service-policy.ts";
import { titleRules } from "./title-rules.ts";

/** A published film with its rules, as of when it was published last. */
export interface PlayableTitle extends DecidableTitle {
  assetId: string;
  titleId: string;
  slug: string;
  /** Its name, for people. */
  title: string;
  /** Of the asset. */
  producerId: string;
  /** Of the asset; at least 1. */
  revision: number;
  durationSeconds: number | null;
  /** As of the title's row. */
  allowedOrigins: readonly string[] | null;
  allowsNativePlayers: boolean;
  encryption: FilmDocument["encryption"];
  encryptionChangedAt: number | null;
  posterAccess: FilmDocument["posterAccess"];
  /** The renditions that may be requested, by key: those published, and those that were and may still be playing. */
  renditions: ReadonlyMap<string, RenditionFacts["kind"]>;
  /** Its present pictures beside the film: posters and storyboards. */
  images: readonly RenditionDocument[];
}

/** Titles built from documents that are held; decisions are cached with them. */
const built = new WeakMap<FilmDocument, { service: ServiceDocument | null; title: PlayableTitle }>();

/**
 * The title of an asset at `now` (Unix milliseconds), with all changes that were published 15 s ago or earlier; null when there
 * is nothing to watch: the asset or its title is deleted, unknown, or was never published.
 * @param maxAgeMs for callers who know of a change: longest time since the feed of changes was read
 * @throws Problem 503 `rules_unknown`
 */
export async function readPlayableTitle(
  assetId: string,
  now: number,
  maxAgeMs?: number,
): Promise<PlayableTitle | null> {
  const held = maxAgeMs === undefined ? peekFilm(assetId, now) : undefined;
  if (held !== undefined) return titleOf(held.film, held.service);
  const [film, service] = await Promise.all([readFilm(assetId, now, maxAgeMs), readService(now, maxAgeMs)]);
  if (film === null) return null;
  if (service === null && film.servicePolicyVersion > 0) throw rulesUnknown();
  return titleOf(film, service);
}

function titleOf(film: FilmDocument, service: ServiceDocument | null): PlayableTitle {
  const known = built.get(film);
  if (known?.service === service) return known.title;
  const title = toPlayableTitle(film, service);
  built.set(film, { service, title });
  return title;
}

function toPlayableTitle(film: FilmDocument, service: ServiceDocument | null): PlayableTitle {
  const { kind: _kind, seq: _seq, rules, servicePolicyVersion: _version, renditions, ...facts } = film;
  return {
    ...facts,
    policy: titleRules({ ...rules, titleId: film.titleId }, toServicePolicy(service)),
    tracks: publishedRenditions(renditions),
    facts: renditions,
    renditions: new Map(renditions.map(({ key, kind }) => [key, kind])),
    images: renditions.filter(
      ({ kind, status }) => status === "ready" && (kind === "image" || kind === "storyboard"),
    ),
  };
}
