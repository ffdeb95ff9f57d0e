/** Rules about how a web server delivers a presentation; none applies to a folder. */
import type { Delivery } from "../model/delivery.ts";
import type { Presentation } from "../model/presentation.ts";
import { type Finding, type NotApplicable, notApplicable, type Rule } from "./rule.ts";

type Delivered = Presentation["deliveries"][number];

/** MIME types of rule 10.4, by what is delivered; MPEG-TS and packed audio by their format. */
const playlistTypes = ["application/vnd.apple.mpegurl", "audio/mpegurl", "application/x-mpegurl"];
const formatTypes: Record<string, string[]> = {
  cmaf: ["video/iso.segment", "video/mp4", "audio/mp4", "audio/iso.segment", "application/mp4"],
  "mpeg-ts": ["video/mp2t"],
  "packed audio": ["audio/aac", "audio/mpeg", "audio/ac3", "audio/eac3"],
  webvtt: ["text/vtt", "text/plain"],
};

/** The file's name is enough: URLs hold tokens. */
function shortName(url: string): string {
  return URL.parse(url)?.pathname.split("/").slice(-2).join("/") ?? url;
}

/** Checks responses, one finding for all that have the same fault. */
function checkResponses(
  { deliveries }: Presentation,
  wanted: (delivered: Delivered) => boolean,
  sentence: (delivery: Delivery, delivered: Delivered) => string | null,
): Finding[] | NotApplicable {
  if (deliveries.length === 0) return notApplicable("not from a web server");
  const faults = new Map<string, Delivery[]>();
  for (const delivered of deliveries.filter(wanted)) {
    const what = sentence(delivered.delivery, delivered);
    if (what !== null) faults.set(what, [...(faults.get(what) ?? []), delivered.delivery]);
  }
  return [...faults].map(([what, responses]) => {
    const more = responses.length > 1 ? ` and ${responses.length - 1} more` : "";
    return { where: `${shortName(responses[0]?.url ?? "")}${more}`, what };
  });
}

/** Checks the answers to our own questions. */
function checkProbes(
  { probes }: Presentation,
  sentence: (probe: Presentation["probes"][number]) => string | null,
): Finding[] | NotApplicable {
  if (probes.length === 0) return notApplicable("not from a web server");
  return probes.flatMap((probe) => {
    const what = sentence(probe);
    return what === null ? [] : [{ where: probe.name, what }];
  });
}

const all = (): boolean => true;

function typesFor({ kind, track }: Delivered): string[] | null {
  if (kind === "playlist") return playlistTypes;
  return kind === "init"
    ? ["video/mp4", "audio/mp4", "application/mp4"]
    : (formatTypes[track?.format ?? ""] ?? null);
}

function isLoopback(location: string): boolean {
  return /^(localhost|127\..*|\[::1\])$/.test(URL.parse(location)?.hostname ?? "");
}

/** Rules of Apple's chapters 8, 10 and 11, and what players in browsers need of HTTP. */
export const deliveryRules: Rule[] = [
  {
    id: "Apple 8.18",
    level: "MUST",
    title: "media requests are not redirected",
    check: (presentation) =>
      checkResponses(
        presentation,
        ({ kind }) => kind !== "playlist",
        ({ url, finalUrl }) => (url === finalUrl ? null : "the server redirects"),
      ),
  },
  {
    id: "Apple 10.1",
    level: "MUST",
    title: "playlists are delivered with gzip",
    check: (presentation) =>
      checkResponses(
        presentation,
        ({ kind }) => kind === "playlist",
        ({ contentEncoding }) =>
          contentEncoding === "gzip" ? null : `Content-Encoding is ${contentEncoding ?? "not there"}`,
      ),
  },
  {
    id: "Apple 10.4",
    level: "SHOULD",
    title: "files have the recommended MIME types",
    check: (presentation) =>
      checkResponses(presentation, all, ({ contentType }, delivered) => {
        const types = typesFor(delivered);
        const type = contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
        return types === null || types.includes(type)
          ? null
          : `Content-Type is ${type || "not there"}, not ${types[0]}`;
      }),
  },
  {
    id: "Apple 11.1–11.3",
    level: "SHOULD",
    title: "everything comes over TLS",
    check: (presentation) =>
      isLoopback(presentation.location)
        ? notApplicable("this machine's own address")
        : checkResponses(presentation, all, ({ url }) =>
            url.startsWith("https:") ? null : "it comes over plain HTTP",
          ),
  },
  {
    id: "Fetch §3.3",
    level: "MUST",
    title: "pages of other sites may read everything (CORS), as players in browsers do",
    check: (presentation) =>
      checkResponses(presentation, all, ({ allowOrigin }) =>
        allowOrigin === "*" || allowOrigin === "https://player.example"
          ? null
          : `Access-Control-Allow-Origin is ${allowOrigin ?? "not there"}`,
      ),
  },
  {
    id: "RFC 9110 §9.1",
    level: "MUST",
    title: "HEAD is answered like GET",
    check: (presentation) =>
      checkProbes(presentation, ({ head }) =>
        head?.status === 200 ? null : `HEAD gives ${head?.status ?? "no answer"}`,
      ),
  },
  {
    id: "RFC 9110 §8.6",
    level: "SHOULD",
    title: "media files come with their Content-Length",
    check: (presentation) =>
      checkProbes(presentation, ({ kind, head }) =>
        kind === "playlist" || head?.status !== 200 || head.contentLength !== null
          ? null
          : "there is no Content-Length",
      ),
  },
  {
    id: "RFC 9110 §14.2",
    level: "MUST",
    title: "byte ranges are answered with 206 and just those bytes",
    check: (presentation) =>
      presentation.tracks.some(({ segments }) => segments.some(({ entry }) => entry.range !== null))
        ? checkProbes(presentation, ({ kind, range }) => {
            if (kind === "playlist") return null;
            if (range?.delivery.status !== 206)
              return `a range request gives ${range?.delivery.status ?? "no answer"}`;
            return range.bytes === 2 && /^bytes 1-2\/(\d+|\*)$/.test(range.delivery.contentRange ?? "")
              ? null
              : `bytes=1-2 gives ${range.bytes} bytes, Content-Range ${range.delivery.contentRange ?? "not there"}`;
          })
        : notApplicable("no playlist has byte ranges"),
  },
];
