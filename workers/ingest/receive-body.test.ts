import fc from "fast-check";
import { expect, test } from "vitest";
import { firstBufferBytes, growBuffer } from "./receive-body.ts";

test("a buffer grows to its capacity, never beyond, and keeps its bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), fc.integer({ min: 1, max: 5_000_000 }), (bytes, more) => {
      const capacity = bytes.byteLength + more;
      let buffer = growBuffer(bytes, capacity);
      expect(buffer.byteLength).toBeLessThanOrEqual(Math.max(firstBufferBytes, 2 * bytes.byteLength));
      for (let n = 0; buffer.byteLength < capacity; n++) {
        const before = buffer.byteLength;
        buffer = growBuffer(buffer, capacity);
        expect(buffer.byteLength).toBeGreaterThan(before);
        expect(n).toBeLessThan(30);
      }
      expect(buffer.byteLength).toBe(capacity);
      expect(buffer.subarray(0, bytes.byteLength)).toEqual(bytes);
    }),
  );
});
