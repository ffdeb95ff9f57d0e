/** The arguments of `npm run conformance`. */
import { parseArgs } from "node:util";
import { UserError } from "../../scripts/local/user-error.ts";
import type { Target } from "./rules/rule.ts";

/** The text of `--help`. */
export const usage = `Checks an HLS presentation against RFC 8216 and Apple's HLS authoring specification.

  npm run conformance -- URL|FOLDER|FILE.m3u8 [options]

  --quick        read the first, middle and last segments of each track, not all
  --decode       decode every track with FFmpeg as well
  --target ios|tvos
                 rules that are a MUST there count as one
  --json FILE    write the report as JSON too; - for standard output, instead of the table
  --help

Exit code: 0 no MUST is broken, 1 one is, 2 nothing could be checked.
`;

/** A request that can be carried out. */
export interface Request {
  location: string;
  quick: boolean;
  decode: boolean;
  target: Target;
  /** File name, or `-`; null without. */
  json: string | null;
}

/** @returns null when help was asked for. @throws UserError */
export function parseArguments(args: string[]): Request | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const [location, ...more] = positionals;
  if (location === undefined) throw new UserError("Name a URL, a folder or a playlist to check.");
  if (more.length > 0) throw new UserError("Name one presentation only; quote names that have spaces.");
  const { quick, decode, target, json } = values;
  if (target !== undefined && target !== "ios" && target !== "tvos") {
    throw new UserError(`There is no target ${target}; there are ios and tvos.`);
  }
  return { location, quick, decode, target: target ?? "any", json: json ?? null };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        quick: { type: "boolean", default: false },
        decode: { type: "boolean", default: false },
        target: { type: "string" },
        json: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UserError(error instanceof Error ? `${error.message.split(". ", 1)[0]}.` : String(error));
  }
}
