/** The files of a rendition, with their types. */

/** One kind of file in a rendition's folder. */
export interface MediaFile {
  /** Of its rendition. */
  kind: RenditionKind;
  /** MIME type (RFC 8216 §10, ISO/IEC 23000-19). */
  contentType: string;
  /** Playlists and subtitles are text and worth compressing; media is compressed already. */
  isText: boolean;
}

/** See `renditions.kind`. */
export type RenditionKind = "video" | "audio" | "text" | "image" | "storyboard";

const playlistType = "application/vnd.apple.mpegurl";
const vttType = "text/vtt";

const files: readonly { name: RegExp; types: Partial<Record<RenditionKind, string>> }[] = [
  { name: /^init\.mp4$/, types: { video: "video/mp4", audio: "audio/mp4" } },
  { name: /^seg-[0-9]{5}\.m4s$/, types: { video: "video/iso.segment", audio: "audio/mp4" } },
  { name: /^seg-[0-9]{5}\.vtt$/, types: { text: vttType } },
  { name: /^whole\.vtt$/, types: { text: vttType } },
  {
    name: /^playlist\.m3u8$/,
    types: { video: playlistType, audio: playlistType, text: playlistType, storyboard: playlistType },
  },
  { name: /^iframes\.m3u8$/, types: { video: playlistType } },
  { name: /^sprite-[0-9]{5}\.jpg$/, types: { storyboard: "image/jpeg" } },
  { name: /^storyboard\.vtt$/, types: { storyboard: vttType } },
  { name: /^poster-(640|1280)\.jpg$/, types: { image: "image/jpeg" } },
];

/** The file of this name in a rendition of this kind; null when such renditions have no such file. */
export function mediaFile(name: string, kind: RenditionKind): MediaFile | null {
  const contentType = files.find((file) => file.name.test(name))?.types[kind];
  return contentType === undefined
    ? null
    : { kind, contentType, isText: [playlistType, vttType].includes(contentType) };
}
