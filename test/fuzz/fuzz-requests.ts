/** Requests for the fuzz: paths, queries, methods, headers and countries, from plain ones to any text. */

import type { Random } from "../support/random.ts";
import { seededKeys } from "../support/seed-title.ts";
import { allowedPage, type FuzzFilm, type FuzzFilms, fuzzKeys } from "./fuzz-films.ts";

/** The path after the token; `file` is the stored object it plainly asks for, null for everything else. */
export interface FuzzPath {
  text: string;
  file: string | null;
}

const mediaFiles = ["init.mp4", "seg-00000.m4s", "seg-00001.m4s"] as const;
const texts = ["playlist.m3u8", "iframes.m3u8"] as const;
const roots = ["main.m3u8", "manifest.mpd", "steering.json"] as const;

/** A piece of a path that may lead elsewhere. */
const tricks = [
  ...[
    "..",
    ".",
    "%2e%2e",
    "%2E.",
    ".%2e",
    "%2f",
    "%2F",
    "%5c",
    "\\",
    "//",
    "%00",
    "%0a",
    "%",
    "%25",
    "%252e%252e",
  ],
  ...[
    ";",
    "?",
    "#",
    "&",
    "*",
    "~",
    "%c0%ae",
    "%u002e",
    "+",
    " ",
    "media",
    "sources",
    "a",
    "m",
    "1",
    "v",
    "images",
  ],
  ...[
    "__proto__",
    "constructor",
    "k1-c2",
    "k1-c1",
    "k0-c2",
    "k999999-c2",
    "seg.key",
    "key",
    "null",
    "undefined",
  ],
  ...["seg-99999.m4s", "seg-0.m4s", "seg--0001.m4s", "seg-00000.m4s.", "SEG-00000.M4S", "seg-00000.vtt"],
  ...[
    "iframe-00000.m4s",
    "storyboard.vtt",
    "sprite-00000.jpg",
    "poster-640.jpg",
    "report.json",
    "ledger.json",
  ],
] as const;

/** Draws a path for a film of which `film` is the one that the token gives, if any. */
export function drawPath(random: Random, films: FuzzFilms, film: FuzzFilm): FuzzPath {
  const key = random.pick(fuzzKeys);
  const file = random.pick(mediaFiles);
  const plain = `${key}/${file}`;
  const trick = () => random.pick(tricks);
  const any = random.pick(["own", "other", "blocked", "paged", "encrypted"] as const);
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return { text: plain, file: plain };
    case 4:
      return { text: random.once(2) ? random.pick(roots) : `${key}/${random.pick(texts)}`, file: null };
    case 5:
      return { text: `${seededKeys.unfinished}/${file}`, file: null };
    case 6:
      return { text: `${key}/${trick()}/${file}`, file: null };
    case 7:
      return { text: `${trick()}/${trick()}/media/${films[any].assetId}/${plain}`, file: null };
    case 8:
      return {
        text: Array.from({ length: random.below(9) }, trick).join(random.pick(["/", "", "%2f"])),
        file: null,
      };
    case 9: {
      const at = random.below(plain.length);
      const code = plain.charCodeAt(at).toString(16).padStart(2, "0");
      const changed = random.once(2) ? `%${code}` : random.text(2);
      return { text: plain.slice(0, at) + changed + plain.slice(at + 1), file: null };
    }
    case 10:
      return {
        text: `${key}/k${1 + random.below(2)}-c2/${random.pick([...mediaFiles, ...texts, trick()])}`,
        file: null,
      };
    default:
      return {
        text: random.once(20) ? `${film.assetId}/`.repeat(random.below(300)) : random.text(40),
        file: null,
      };
  }
}

/** Draws what follows a `?`, mostly nothing. */
export function drawQuery(random: Random): string {
  if (!random.once(10)) return "";
  const name = random.pick(["audio", "text", "country", "token", "revision", "_HLS_msn", "__proto__", "a[]"]);
  return `?${name}=${encodeURIComponent(random.text(20).toWellFormed())}`;
}

const sizes = [0, 1, 2, 29, 100, 1000, 1999, 2000, 5000, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 64] as const;

function drawRange(random: Random): string {
  const size = () => String(random.once(30) ? "9".repeat(random.below(400)) : random.pick(sizes));
  switch (random.below(9)) {
    case 0:
      return `bytes=${size()}-${size()}`;
    case 1:
      return `bytes=${size()}-`;
    case 2:
      return `bytes=-${size()}`;
    case 3:
      return `bytes=${Array.from({ length: 1 + random.below(60) }, () => `${size()}-${size()}`).join(",")}`;
    case 4:
      return `bytes=0-${size()},0-,-${size()}`;
    case 5:
      return random.pick([
        "bytes=",
        "bytes=-",
        "bytes=--1",
        "bytes=a-b",
        "bytes=1-0",
        "bytes 0-5",
        "bytes=0x0-0x5",
      ]);
    case 6:
      return `${random.pick(["items", "BYTES", " bytes ", "bytes ", "none"])}=${size()}-${size()}`;
    case 7:
      return `bytes=${size()}-${size()}\t, `;
    default:
      return headerText(random, 30);
  }
}

const values: Record<string, readonly [string, ...string[]]> = {
  "If-None-Match": ["*", '"x"', 'W/"x"', '"', "x", '"a","b","c"', `"${"x".repeat(3000)}"`],
  "If-Range": ['"x"', 'W/"x"', "Wed, 21 Oct 2015 07:28:00 GMT", "yesterday"],
  "If-Modified-Since": ["Wed, 21 Oct 2015 07:28:00 GMT", "tomorrow"],
  "Accept-Encoding": ["gzip", "gzip;q=0", "br, gzip;q=0.5", "identity;q=0", "*;q=0", ";;;", "zstd"],
  "Accept-Language": [
    "de",
    "de-DE,en;q=0.5",
    "*",
    "x".repeat(2000),
    "en;q=NaN",
    "i-klingon",
    "de;q=-1",
    ",,,",
  ],
  Origin: [allowedPage, "https://page.test", "https://evil.test", "null", "*", "file://", "https://", "x y"],
  Referer: [`${allowedPage}/a`, "https://evil.test/", "about:blank", "::", "http://marquee.test/watch/x"],
  "Sec-Fetch-Site": ["cross-site", "same-origin", "none", "same-site", "?"],
  "CF-Connecting-IP": [
    "203.0.113.7",
    "198.51.100.1",
    "2001:db8::1",
    "::ffff:203.0.113.9",
    "x",
    "1.2.3.4, 5.6.7.8",
    "",
  ],
  "X-Forwarded-For": ["203.0.113.7"],
  "Marquee-Country": ["DE", "FR"],
  "Marquee-Debug": ["", "x", "debug"],
  Cookie: ["marquee_session=x", `a=${"x".repeat(4000)}`],
  Authorization: ["Bearer x", "Basic x", "Bearer mqk_00000000"],
  Expect: ["100-continue"],
  "X-HTTP-Method-Override": ["DELETE"],
  "Content-Length": ["5"],
};

const names = Object.keys(values);

/** Any text that a header can have: other scripts come as their bytes, which is the same to whoever reads them. */
export function headerText(random: Random, longest: number): string {
  return Array.from(random.text(longest), (letter) => (letter < "\x7f" ? letter : "~")).join("");
}

/** Draws headers: none, some of those that the gateway looks at, or any. A text that no header can have is left out. */
export function drawHeaders(random: Random): Headers {
  const headers = new Headers();
  const set = (name: string, value: string) => {
    try {
      headers.set(name, value);
    } catch {
      // The platform sends no such header.
    }
  };
  if (random.once(3)) return headers;
  if (random.once(2)) set("Range", drawRange(random));
  while (random.once(2)) {
    const name = names[random.below(names.length)] ?? "Cookie";
    const known = values[name];
    set(name, known === undefined || random.once(6) ? headerText(random, 30) : random.pick(known));
  }
  return headers;
}

/** Draws a method: mostly one that reads. */
export function drawMethod(random: Random): string {
  if (!random.once(6)) return "GET";
  return random.pick([
    "HEAD",
    "HEAD",
    "HEAD",
    "OPTIONS",
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "PROPFIND",
    "BREW",
    "get",
  ]);
}

/** Draws the country that the edge tells. */
export function drawCountry(random: Random): string | undefined {
  return random.pick(["DE", "DE", "DE", "FR", "XX", "T1", "", "de", "D", "DEU", undefined]);
}
