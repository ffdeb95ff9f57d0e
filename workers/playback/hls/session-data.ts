/**
 * A film's session data for players (RFC 8216 §4.3.4.4). Words that a producer may change at any time are in `session.json`,
 * which the gateway writes for each request, so that no cached playlist becomes outdated by them.
 */
import { attributes } from "./playlist-attributes.ts";
import type { StoryboardRendition } from "./published-renditions.ts";

/** The file beside the multivariant playlist that {@link sessionDataLines} name. */
export const sessionFile = "session.json";

/** The content of `session.json`. `duration` in seconds; `storyboard` is a path from the multivariant playlist; null: none. */
export interface SessionData {
  title: string;
  slug: string;
  duration: number | null;
  storyboard: string | null;
  rating: { label: string; minimum_age: number } | null;
}

/** The path of a storyboard's WebVTT from the multivariant playlist. */
export function storyboardPath({ key }: Pick<StoryboardRendition, "key">): string {
  return `${key}/storyboard.vtt`;
}

/** EXT-X-SESSION-DATA: the addresses of the film's data, and of the thumbnails of its seek bar. */
export function sessionDataLines(storyboards: readonly Pick<StoryboardRendition, "key">[]): string[] {
  const [storyboard] = storyboards;
  return [
    sessionData([
      ["DATA-ID", '"com.marquee.film"'],
      ["URI", `"${sessionFile}"`],
    ]),
    ...(storyboard === undefined
      ? []
      : [
          sessionData([
            ["DATA-ID", '"com.marquee.storyboard"'],
            ["VALUE", `"${storyboardPath(storyboard)}"`],
          ]),
        ]),
  ];
}

function sessionData(list: [name: string, value: string][]): string {
  return `#EXT-X-SESSION-DATA:${attributes(list)}`;
}
