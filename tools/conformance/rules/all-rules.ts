import { attributeRules } from "./attribute-rules.ts";
import { codecRules } from "./codec-rules.ts";
import { deliveryRules } from "./delivery-rules.ts";
import { iframeRules } from "./iframe-rules.ts";
import { multivariantRules } from "./multivariant-rules.ts";
import { playlistRules } from "./playlist-rules.ts";
import { rateRules } from "./rate-rules.ts";
import { renditionRules } from "./rendition-rules.ts";
import type { Rule } from "./rule.ts";
import { segmentRules } from "./segment-rules.ts";
import { subtitleRules } from "./subtitle-rules.ts";
import { timelineRules } from "./timeline-rules.ts";

/**
 * Every rule, in the order of the report. Numbers are of Apple's HLS authoring specification (2023 and later) and of
 * RFC 8216; levels are theirs.
 */
export const allRules: Rule[] = [
  ...playlistRules,
  ...timelineRules,
  ...segmentRules,
  ...codecRules,
  ...attributeRules,
  ...rateRules,
  ...multivariantRules,
  ...renditionRules,
  ...iframeRules,
  ...subtitleRules,
  ...deliveryRules,
];
