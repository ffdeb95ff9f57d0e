/** The FFmpeg input options that every read of a source carries: what it may open, how much, and how it reconnects. */
import { maxPixels } from "../task/limits.ts";

/** Demuxers that a source may use. A playlist or script in disguise (HLS, DASH, concat) is none of them. */
export const allowedFormats = "mov,matroska,avi,mpegts,mpeg,flv,asf";

/** Decoder threads. Each frame thread holds pictures of its own, so their number, not the machine's, bounds the memory. */
const decoderThreads = 4;

/** Input guards: no protocol but the source's, no format that opens further addresses, no giant pictures. */
export const inputGuards = [
  ...["-protocol_whitelist", "http,https,tls,tcp"],
  ...["-format_whitelist", allowedFormats],
  ...["-max_pixels", String(maxPixels), "-threads", String(decoderThreads)],
];

/** HTTP behaviour: without these a dropped connection looks like the end of the film, with exit code 0. */
export const reconnect = [
  ...["-reconnect", "1", "-reconnect_on_network_error", "1", "-reconnect_on_http_error", "429,5xx"],
  ...["-reconnect_delay_max", "8", "-rw_timeout", "15000000"],
];
