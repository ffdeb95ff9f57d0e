/**
 * The story that a source carries as R2 metadata, so that a bucket without its database still says whose film each object
 * is. R2 takes metadata only when an object is begun: what is learned later (its SHA-256, a new title) is in the exports.
 */
import { z } from "zod";

/** What a source says of itself. Times are Unix milliseconds. */
export interface SourceStory {
  title: string | null;
  language: string | null;
  /** The producer's id. */
  owner: string;
  asset: string;
  titleId: string;
  upload: string;
  filename: string;
  createdAt: number;
}

/** R2's limit for all custom metadata of an object, names and values together, bytes; a few stay free for R2's own. */
export const maxStoryBytes = 8192 - 192;

/** Longest encoded value of a text that people write. Two of them, the ids and all names stay below {@link maxStoryBytes}. */
const maxTextBytes = 3600;

const metadata = z.object({
  title: z.string().optional(),
  language: z.string().optional(),
  owner: z.string(),
  asset: z.string().regex(/^ast_\w+$/),
  titleid: z.string().regex(/^ttl_\w+$/),
  upload: z.string().regex(/^upl_\w+$/),
  filename: z.string(),
  createdat: z.iso.datetime(),
});

/**
 * Writes the story as R2 metadata: lower-case names, because R2 is also spoken to as S3, whose metadata are HTTP headers,
 * and URI-encoded values. A text that is too long is cut between characters.
 */
export function writeSourceStory(story: SourceStory): Record<string, string> {
  return {
    ...(story.title === null ? {} : { title: encodeText(story.title) }),
    ...(story.language === null ? {} : { language: encodeText(story.language) }),
    owner: encodeURIComponent(story.owner),
    asset: story.asset,
    titleid: story.titleId,
    upload: story.upload,
    filename: encodeText(story.filename),
    createdat: new Date(story.createdAt).toISOString(),
  };
}

/** Reads {@link writeSourceStory}'s metadata back; null when an object carries no story, or one that makes no sense. */
export function readSourceStory(found: Readonly<Record<string, string>> | undefined): SourceStory | null {
  const parsed = metadata.safeParse(found);
  if (!parsed.success) return null;
  const { title, language, owner, asset, titleid, upload, filename, createdat } = parsed.data;
  try {
    return {
      title: title === undefined ? null : decodeURIComponent(title),
      language: language === undefined ? null : decodeURIComponent(language),
      owner: decodeURIComponent(owner),
      ...{ asset, titleId: titleid, upload },
      filename: decodeURIComponent(filename),
      createdAt: Date.parse(createdat),
    };
  } catch {
    return null;
  }
}

function encodeText(text: string): string {
  let encoded = "";
  for (const character of text.toWellFormed()) {
    const next = encodeURIComponent(character);
    if (encoded.length + next.length > maxTextBytes) break;
    encoded += next;
  }
  return encoded;
}
