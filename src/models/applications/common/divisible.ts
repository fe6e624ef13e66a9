/** The multiple of eight that is nearest to a width, at least eight, and hardly less than the width where that is asked. */
export function divisible(width: number, share = 0.9): number {
  const rounded = Math.max(8, Math.floor(Math.trunc(width + 4) / 8) * 8);
  return rounded < share * width ? rounded + 8 : rounded;
}
