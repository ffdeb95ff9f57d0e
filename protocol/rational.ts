import { z } from "zod";

/** Schema of {@link Rational}. */
export const rational = z.object({ num: z.int().positive(), den: z.int().positive() });

/** A positive fraction, for example a frame rate of 30000/1001. */
export type Rational = z.infer<typeof rational>;

/** A fraction as a number, for example frames a second. */
export function toNumber({ num, den }: Rational): number {
  return num / den;
}

/** The duration of this many frames at a rate, seconds. */
export function framesToSeconds(frames: number, rate: Rational): number {
  return (frames * rate.den) / rate.num;
}
