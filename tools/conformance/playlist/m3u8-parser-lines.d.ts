/** The parts of m3u8-parser that a tolerant reader needs besides those that `workers/hls/m3u8-parser.d.ts` declares. */
declare module "m3u8-parser" {
  interface Parser {
    /** Takes one line; throws on some lines that make no sense, and can go on with the next one. */
    readonly parseStream: { push(line: string): void };
    addParser(options: { expression: RegExp; customType: string; dataParser(line: string): string }): void;
  }
}
