/**
 * What the edge knows of the catalogue: documents in R2 (`edge/{key}.json`), written by workers/publisher, read by everything
 * that viewers ask for. They hold facts, no decisions, so that a new release decides anew without rewriting them.
 */
import { z } from "zod";
import { assets, renditions, titles } from "../../catalog/schema.ts";

/** Number of the newest change in the database when the document was made: documents of different moments differ. */
const seq = z.int();

/** What the rules of a title follow from: see `titles` and `policy_versions`. `policy`: of its own, unread. */
const rules = z.object({
  allowedCountries: z.array(z.string()).nullable(),
  blockedCountries: z.array(z.string()),
  policyVersion: z.int(),
  hasOwnPolicy: z.boolean(),
  policy: z.unknown(),
});

/** A published rendition, or one that was and may still be playing (`retired`); see `renditions`. */
const rendition = z.object({
  key: z.string(),
  kind: z.enum(renditions.kind.enumValues),
  label: z.string(),
  status: z.enum(["ready", "retired"]),
  codecs: z.string().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  frameRate: z.number().nullable(),
  channels: z.number().nullable(),
  language: z.string().nullable(),
  isDefault: z.boolean(),
  isForced: z.boolean(),
  isSdh: z.boolean(),
  bandwidth: z.number().nullable(),
  averageBandwidth: z.number().nullable(),
  iframeBandwidth: z.number().nullable(),
});

const film = z.object({
  kind: z.literal("film"),
  seq,
  assetId: z.string(),
  titleId: z.string(),
  slug: z.string(),
  title: z.string(),
  producerId: z.string(),
  revision: z.int().min(1),
  durationSeconds: z.number().nullable(),
  allowedOrigins: z.array(z.string()).nullable(),
  allowsNativePlayers: z.boolean(),
  encryption: z.enum(titles.encryption.enumValues),
  encryptionChangedAt: z.number().nullable(),
  // Documents from before this field have no public posters.
  posterAccess: z.enum(titles.posterAccess.enumValues).default("rules"),
  rules,
  /** Version of the service's policy at the time: with one, a service document that is not there is a lost one. */
  servicePolicyVersion: z.int(),
  renditions: z.array(rendition),
});

const title = z.object({
  kind: z.literal("title"),
  seq,
  titleId: z.string(),
  slug: z.string(),
  title: z.string(),
  /** The asset that plays; null until one is published. */
  assetId: z.string().nullable(),
  /** Of its newest asset. */
  status: z.enum(assets.status.enumValues),
  rules,
});

const pathway = z.object({
  id: z.string(),
  baseUrl: z.string(),
  countries: z.array(z.string()).nullable(),
  asns: z.array(z.int()).nullable(),
  priority: z.int(),
  ttlSeconds: z.int(),
});

const service = z.object({
  kind: z.literal("service"),
  seq,
  /** The service's policy, unread; version 0: none was ever written. */
  policyVersion: z.int(),
  policy: z.unknown(),
  /** Those in use. */
  pathways: z.array(pathway),
});

const keys = z.object({
  kind: z.literal("keys"),
  seq,
  /** The producers' signing keys in force, the newest last: kid, producer, public key (see `signing_keys`). */
  keys: z.array(z.tuple([z.string(), z.string(), z.string()])),
});

/** A tombstone: there is no such thing (any more). */
const gone = z.object({ kind: z.literal("gone"), seq });

const document = z.discriminatedUnion("kind", [film, title, service, keys, gone]);

/** Any document. */
export type EdgeDocument = z.infer<typeof document>;

/** A published asset with its title's facts (`assets/{assetId}`). */
export type FilmDocument = z.infer<typeof film>;

/** A title, under its id (`titles/{titleId}`) and its address (`slugs/{slug}`). */
export type TitleDocument = z.infer<typeof title>;

/** What holds for the whole service (`service`). */
export type ServiceDocument = z.infer<typeof service>;

/** The producers' keys (`keys`): apart from the service's, because they are many, and only their own tokens need them. */
export type KeysDocument = z.infer<typeof keys>;

/** A rendition of a {@link FilmDocument}. */
export type RenditionDocument = z.infer<typeof rendition>;

/** Reads a document's JSON. @throws Error when it is none */
export function parseDocument(text: string): EdgeDocument {
  return document.parse(JSON.parse(text));
}

/** Keys of documents, without folder and ending. */
export const documentKeys = {
  asset: (assetId: string) => `assets/${assetId}`,
  title: (titleId: string) => `titles/${titleId}`,
  slug: (slug: string) => `slugs/${slug}`,
  service: "service",
  keys: "keys",
} as const;

/** Checks whether a text has the form of a document's key. */
export function isDocumentKey(key: string): boolean {
  return /^(?:service|keys|(?:assets|titles|slugs)\/[\w-]{1,120})$/.test(key);
}

/** The object in R2 (MEDIA) that holds a document. */
export function documentObject(key: string): string {
  return `edge/${key}.json`;
}
