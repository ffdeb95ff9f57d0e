/** The part of m3u8-parser that a tolerant reader uses; the package has no types of its own. */
declare module "m3u8-parser" {
  export class Parser {
    readonly manifest: unknown;
    /** Takes one line; throws on some lines that make no sense, and can go on with the next one. */
    readonly parseStream: { push(line: string): void };
    on(event: "warn" | "error", listener: (event: { message?: string }) => void): void;
    addParser(options: { expression: RegExp; customType: string; dataParser(line: string): string }): void;
  }
}
