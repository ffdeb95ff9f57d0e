/** ITU-T H.264 table A-1: level, macroblocks a second, macroblocks a frame, kbit/s (High profile: × 1.25). */
const levels = [
  ["1.1", 3_000, 396, 192],
  ["1.2", 6_000, 396, 384],
  ["1.3", 11_880, 396, 768],
  ["2.0", 11_880, 396, 2_000],
  ["2.1", 19_800, 792, 4_000],
  ["2.2", 20_250, 1_620, 4_000],
  ["3.0", 40_500, 1_620, 10_000],
  ["3.1", 108_000, 3_600, 14_000],
  ["3.2", 216_000, 5_120, 20_000],
  ["4.0", 245_760, 8_192, 20_000],
  ["4.2", 522_240, 8_704, 50_000],
  ["5.0", 589_824, 22_080, 135_000],
  ["5.1", 983_040, 36_864, 240_000],
  ["5.2", 2_073_600, 36_864, 240_000],
] as const;

/** No dimension may exceed √(8 × macroblocks a frame). */
const squareFactor = 8;

/**
 * The lowest H.264 level that holds such a stream (Apple HLS authoring spec 1.11: do not over-declare).
 * @param rate frames a second; @param maxrateKbps peak rate. Level 5.2 when nothing holds it.
 */
export function h264Level(width: number, height: number, rate: number, maxrateKbps: number): string {
  const columns = Math.ceil(width / 16);
  const rows = Math.ceil(height / 16);
  const frame = columns * rows;
  const found = levels.find(
    ([, perSecond, perFrame, kbps]) =>
      frame * rate <= perSecond &&
      frame <= perFrame &&
      Math.max(columns, rows) ** 2 <= squareFactor * perFrame &&
      maxrateKbps <= kbps * 1.25,
  );
  return found?.[0] ?? "5.2";
}
