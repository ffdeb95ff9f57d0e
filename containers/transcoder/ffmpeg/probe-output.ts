/** The output of ffprobe, as far as it is used. */
import { z } from "zod";
import { cutText } from "../../../protocol/cut-text.ts";
import { type Inspection, maxLabelCharacters } from "../../../protocol/inspection.ts";
import type { Rational } from "../../../protocol/rational.ts";

/** A tag may be megabytes long, and is searched for words: see describe-text.ts. */
const tag = z.string().overwrite((text) => cutText(text, maxLabelCharacters));

const probeStream = z.object({
  index: z.int(),
  codec_type: z.string().optional(),
  codec_name: z.string().optional(),
  codec_tag_string: z.string().optional(),
  profile: z.string().optional(),
  pix_fmt: z.string().optional(),
  width: z.int().optional(),
  height: z.int().optional(),
  sample_aspect_ratio: z.string().optional(),
  field_order: z.string().optional(),
  color_transfer: z.string().optional(),
  r_frame_rate: z.string().optional(),
  avg_frame_rate: z.string().optional(),
  start_time: z.string().optional(),
  duration: z.string().optional(),
  channels: z.int().optional(),
  sample_rate: z.string().optional(),
  disposition: z
    .object({ default: z.int(), attached_pic: z.int(), forced: z.int(), hearing_impaired: z.int() })
    .partial()
    .optional(),
  tags: z.object({ language: z.string(), title: tag }).partial().optional(),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).optional(),
});
/** A stream as ffprobe prints it. */
export type ProbeStream = z.infer<typeof probeStream>;

/** The output of `ffprobe -print_format json -show_format -show_streams`. */
export const probeOutput = z.object({
  format: z.object({ start_time: z.string().optional(), duration: z.string().optional() }),
  streams: z.array(probeStream),
});

/** Parses `num/den`; null for `0/0` and anything that isn't positive. */
export function parseRational(text: string | undefined): Rational | null {
  const [, num, den] = /^(\d+)\/(\d+)$/.exec(text ?? "") ?? [];
  return Number(num) > 0 && Number(den) > 0 ? { num: Number(num), den: Number(den) } : null;
}

/** The clockwise turn to apply, from the display matrix's counter-clockwise angle. */
export function rotationOf(stream: ProbeStream): Inspection["video"]["rotation"] {
  const angle = stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? 0;
  const clockwise = (((Math.round(-angle / 90) * 90) % 360) + 360) % 360;
  return clockwise === 90 || clockwise === 180 || clockwise === 270 ? clockwise : 0;
}
