import { writeFileSync } from "node:fs";

/** Leaves a bench's figures as one line of JSON: in a file, or after its table. @param json the file; null: there is none */
export function writeFigures(json: string | null, figures: unknown): void {
  const text = JSON.stringify(figures);
  if (json === null) console.log(`\n${text}`);
  else writeFileSync(json, `${text}\n`);
}
