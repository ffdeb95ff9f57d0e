/** Types for the part of m3u8-parser that we use; the package has none of its own. */
declare module "m3u8-parser" {
  export class Parser {
    readonly manifest: unknown;
    push(text: string): void;
    end(): void;
    on(event: "warn" | "error", listener: (event: { message?: string }) => void): void;
  }
}
