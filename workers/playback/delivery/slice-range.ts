/** Byte ranges of RFC 9110 §14, as a pure decision. */

/** The answer to give: everything (200), bytes `start` up to and including `end` (206), or a refusal (416). */
export type RangeDecision =
  | { kind: "whole" }
  | { kind: "slice"; start: number; end: number }
  | { kind: "unsatisfiable" };

/**
 * Decides on the part of `size` bytes that a `Range` header requests. One range only: a header that is malformed, in another
 * unit, or asks for several is ignored, as RFC 9110 §14.2 allows.
 */
export function sliceRange(header: string | null, size: number): RangeDecision {
  const match = /^bytes=([0-9]*)-([0-9]*)$/i.exec(header?.trim() ?? "");
  const [first, last] = [match?.[1] ?? "", match?.[2] ?? ""];
  if (first === "" && last === "") return { kind: "whole" };
  if (first === "") {
    const suffix = Number(last);
    if (suffix === 0) return { kind: "unsatisfiable" };
    // The last n > 0 bytes of nothing are satisfiable, but Content-Range cannot name them.
    return size === 0
      ? { kind: "whole" }
      : { kind: "slice", start: Math.max(0, size - suffix), end: size - 1 };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Number(last);
  if (last !== "" && end < start) return { kind: "whole" };
  return start >= size ? { kind: "unsatisfiable" } : { kind: "slice", start, end: Math.min(end, size - 1) };
}
