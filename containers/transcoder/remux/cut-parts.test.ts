import fc from "fast-check";
import { expect, test } from "vitest";
import { PartCutter } from "./cut-parts.ts";

test("however the bytes come, all parts but the last have one size, and together they are the bytes", () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });
  fc.assert(
    fc.property(chunks, fc.integer({ min: 1, max: 40 }), (stream, partBytes) => {
      const cutter = new PartCutter(partBytes);
      const parts = stream.flatMap((chunk) => cutter.add(chunk));
      expect(parts.every((part) => part.byteLength === partBytes)).toBe(true);
      const last = cutter.end();
      if (last !== null) expect(last.byteLength).toBeLessThan(partBytes);
      expect(Buffer.concat([...parts, ...(last === null ? [] : [last])])).toEqual(Buffer.concat(stream));
    }),
  );
});
